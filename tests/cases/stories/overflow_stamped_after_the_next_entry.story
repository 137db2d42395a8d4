# One system tells of the overflow, another of the entry to the next queue, and their clocks are half a second
# apart: the first visit is left all the same, and the second goes on.
10:00:00 c1 visit.queued queue=first +source=/pbx
10:03:00.000 c1 visit.queued queue=second +source=/flow
10:03:00.500 c1 visit.left reason=overflow +source=/pbx
10:03:20 c1 visit.answered agent=ana +source=/flow
10:05:00 c1 leg.ended agent=ana +source=/flow
10:05:00 c1 contact.ended +source=/pbx

as of 10:10:00
queue first totals.offered 1
queue first totals.left 1
queue first totals.abandoned 0
queue second totals.offered 1
queue second totals.answered 1
queue second totals.left 0
queue second totals.abandoned 0
queue second 60m.asa_seconds 20
all now.reconciliation_difference 0
