# Two agents share a chat; the first leaves, the second goes on.
10:00:00 m1 visit.queued queue=q channel=chat
10:00:10 m1 visit.answered agent=ana team=t
10:01:00 m1 visit.answered agent=ben team=t
10:02:00 m1 leg.ended agent=ana
10:02:00 m1 leg.wrapped_up agent=ana

as of 10:10:00
queue q now.active 1
queue q totals.offered 1
queue q totals.answered 1
queue q totals.abandoned 0
queue q totals.handled 1
queue q 60m.aht_seconds 110              # ana, 10:00:10 to 10:02:00
queue q now.reconciliation_difference 0
