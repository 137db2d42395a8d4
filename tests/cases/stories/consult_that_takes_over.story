# ana parks the customer, asks ben and hands over to him on the same visit. Both legs are wrapped up.
10:00:00 c1 visit.queued queue=q
10:00:10 c1 visit.answered agent=ana team=t +id=a1
10:02:00 c1 leg.held agent=ana
10:02:10 c1 visit.answered agent=ben team=t +id=a2
10:02:40 c1 leg.ended agent=ana transfer=warm
10:02:50 c1 leg.wrapped_up agent=ana

as of 10:03:00
queue q now.active 1

10:05:10 c1 leg.ended agent=ben
10:05:20 c1 leg.wrapped_up agent=ben

as of 10:10:00
queue q totals.answered 1
queue q totals.transferred 1
queue q totals.handled 2
queue q 60m.hold_seconds 20              # (40 + 0) / 2
queue q 60m.talk_seconds 145             # (150 - 40 + 180) / 2
queue q 60m.acw_seconds 10
queue q now.active 0
