# One source cuts its times to the second: its answer seems to come 700 ms before the entry.
10:00:05.700 c1 visit.queued queue=q +source=/pbx
10:00:05 c1 visit.answered agent=ana +source=/desktop
10:01:00 c1 leg.ended agent=ana +source=/desktop
10:01:00.400 c1 contact.ended +source=/pbx

as of 10:10:00
queue q totals.offered 1
queue q totals.answered 1
queue q totals.abandoned 0
queue q 60m.asa_seconds 0
queue q now.active 0
queue q now.reconciliation_difference 0
