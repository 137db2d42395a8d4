# Two agents talk with one customer for a while; both wrap up. Handled are legs that were wrapped up: two.
10:00:00 c1 visit.queued queue=q
10:00:10 c1 visit.answered agent=ana team=t +id=a1
10:01:00 c1 visit.answered agent=ben team=t +id=a2
10:03:00 c1 leg.ended agent=ben
10:03:20 c1 leg.wrapped_up agent=ben
10:04:00 c1 leg.ended agent=ana
10:04:10 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue q totals.offered 1
queue q totals.answered 1
queue q 60m.asa_seconds 10
queue q totals.handled 2
queue q 60m.talk_seconds 175             # (230 + 120) / 2
queue q 60m.acw_seconds 15               # (10 + 20) / 2
queue q 60m.aht_seconds 190
queue q now.active 0
queue q now.reconciliation_difference 0
