# A contact's correction says another time and another team; what it stands for never came.
10:00:00 c1 visit.queued queue=q
10:02:00 c1 event.corrected id=lost type=visit.answered time=10:00:30 data.agent=ben data.team=t
10:03:00 c1 leg.ended agent=ben
10:03:20 c1 leg.wrapped_up agent=ben

as of 10:10:00
queue q totals.answered 1
queue q 60m.asa_seconds 30
queue q 60m.talk_seconds 150
queue q 60m.acw_seconds 20
queue q now.reconciliation_difference 0
explain q sound yes
