# The contact times out, enters the queue anew and hangs up within one second: two visits, the first left, the
# second abandoned at once.
10:00:00 c1 visit.queued queue=soft
10:03:00 c1 visit.left reason=timeout
10:03:00 c1 visit.queued queue=soft
10:03:00 c1 visit.abandoned
10:03:00 c1 contact.ended

as of 10:10:00
queue soft totals.offered 2
queue soft totals.left 1
queue soft totals.abandoned 1
queue soft totals.short_abandoned 1
queue soft now.waiting 0
queue soft now.reconciliation_difference 0
explain soft sound yes
