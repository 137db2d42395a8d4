# A source with whole seconds: the contact overflows, enters the second queue and is answered there, all within
# one second. What closes an open thing comes after what opened it, and belongs to it: the overflow ends the
# first visit, the answer the second.
10:00:00 c1 visit.queued queue=first
10:03:00 c1 visit.left reason=overflow
10:03:00 c1 visit.queued queue=second
10:03:00 c1 visit.answered agent=ana team=t
10:05:00 c1 leg.ended agent=ana
10:05:10 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue first totals.offered 1
queue first totals.left 1
queue first totals.answered 0
queue first totals.abandoned 0
queue second totals.offered 1
queue second totals.answered 1
queue second totals.left 0
queue second 60m.asa_seconds 0
queue second 60m.talk_seconds 120
queue second 60m.acw_seconds 10
all contacts.totals.left 1
all now.waiting 0
all now.active 0
all now.reconciliation_difference 0
explain first sound yes
explain second sound yes
