# A supervisor barges in and takes the call over: the contact is active as long as either talks, and one contact
# all the while.
10:00:00 c1 visit.queued queue=q
10:00:10 c1 visit.answered agent=ana team=t +id=a1
10:01:00 c1 visit.answered agent=boss team=s +id=a2

as of 10:01:30
queue q now.active 1

10:02:00 c1 leg.ended agent=ana
10:02:20 c1 leg.wrapped_up agent=ana

as of 10:03:00
queue q now.active 1
queue q 60m.handled 1
queue q 60m.talk_seconds 110             # ana, 10:00:10 to 10:02:00
queue q 60m.acw_seconds 20

10:05:00 c1 leg.ended agent=boss

as of 10:10:00
queue q totals.answered 1
queue q totals.offered 1
queue q now.active 0
queue q now.reconciliation_difference 0
