# A blind transfer gets an id of its own, linked to the first: a visit in each queue, and nobody gave up.
10:00:00 c1 visit.queued queue=billing
10:00:05 c1 visit.answered agent=ana
10:02:00 c1 leg.ended agent=ana transfer=blind
10:02:00 c1 contact.ended
10:02:00 c2 contact.linked to=c1 relation=transfer
10:02:00 c2 visit.queued queue=orders
10:02:30 c2 visit.answered agent=ben
10:04:00 c2 contact.ended

as of 10:10:00
queue billing totals.answered 1
queue billing totals.transferred 1
queue orders totals.offered 1
queue orders totals.answered 1
queue orders 60m.asa_seconds 30
all totals.abandoned 0
all now.active 0
all now.reconciliation_difference 0
