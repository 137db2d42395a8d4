# A `sequence` orders the events of one source and says nothing beside that of another: by meaning the overflow
# of the first system ends the visit in the first queue, and the desktop's answer is of the second.
10:00:00 c1 visit.queued queue=first +source=/pbx +sequence=500
10:03:00 c1 visit.left reason=overflow +source=/pbx +sequence=501
10:03:00 c1 visit.queued queue=second +source=/pbx +sequence=502
10:03:00 c1 visit.answered agent=ana +source=/desktop +sequence=7
10:05:00 c1 leg.ended agent=ana +source=/desktop +sequence=8

as of 10:10:00
queue first totals.left 1
queue first totals.answered 0
queue second totals.answered 1
all now.waiting 0
all now.reconciliation_difference 0
