# A hold that ends before the answer lies outside of the talk.
10:00:00 c1 visit.queued queue=q
10:00:05 c1 leg.held agent=ana
10:00:08 c1 leg.resumed agent=ana
10:00:10 c1 visit.answered agent=ana
10:01:10 c1 leg.ended agent=ana
10:01:20 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue q 60m.hold_seconds 0
queue q 60m.talk_seconds 60
queue q 60m.acw_seconds 10
