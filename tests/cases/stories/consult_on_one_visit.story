# ana parks the customer and asks ben, who goes again; the hold is hers. The source names the agents.
10:00:00 c1 visit.queued queue=q
10:00:10 c1 visit.answered agent=ana team=t +id=a1
10:02:00 c1 leg.held agent=ana
10:02:10 c1 visit.answered agent=ben team=t +id=a2

as of 10:02:30
queue q now.active 1

10:03:00 c1 leg.ended agent=ben
10:03:05 c1 leg.resumed agent=ana
10:04:00 c1 leg.ended agent=ana
10:04:10 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue q totals.answered 1
queue q totals.transferred 0
queue q totals.handled 1
queue q 60m.hold_seconds 65              # 10:02:00 to 10:03:05
queue q 60m.talk_seconds 165             # 230 - 65
queue q 60m.acw_seconds 10
queue q now.active 0
