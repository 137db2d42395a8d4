# The contact comes back to the queue in which it was answered, and to the one it has left: stays of their own.
10:00:00 c1 visit.queued queue=billing
10:00:10 c1 visit.answered agent=ana
10:01:00 c1 leg.ended agent=ana transfer=warm
10:01:00 c1 visit.queued queue=billing
10:01:30 c1 visit.left reason=overflow
10:01:40 c1 visit.queued queue=billing
10:01:50 c1 visit.answered agent=ben
10:03:00 c1 contact.ended

as of 10:10:00
queue billing totals.offered 3
queue billing totals.answered 2
queue billing totals.left 1
queue billing totals.abandoned 0
queue billing now.reconciliation_difference 0
