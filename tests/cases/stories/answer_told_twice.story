# One answer of one agent told twice, a second apart and under two ids, is one leg: its first end ends it.
10:00:00 c1 visit.queued queue=q
10:00:10 c1 visit.answered agent=ana team=t +id=a1
10:00:11 c1 visit.answered agent=ana team=t +id=a2
10:02:00 c1 leg.ended agent=ana
10:02:10 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue q totals.answered 1
queue q totals.handled 1
queue q 60m.asa_seconds 10
queue q 60m.talk_seconds 110
queue q 60m.acw_seconds 10
queue q now.active 0
