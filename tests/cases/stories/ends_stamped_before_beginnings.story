# The leg's end is stamped before the answer, and wrap-up before the end: no time is negative.
10:00:00 c1 visit.queued queue=q
10:00:10 c1 visit.answered agent=ana
10:00:08 c1 leg.ended agent=ana
10:00:07 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue q totals.answered 1
queue q totals.handled 1
queue q 60m.talk_seconds 0
queue q 60m.hold_seconds 0
queue q 60m.acw_seconds 0
queue q 60m.aht_seconds 0
queue q now.active 0
