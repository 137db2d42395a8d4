# A supervisor joins the call for a minute and leaves; the agent talks on. Each leg ends for itself.
# amazon-connect/amazon-connect-streams#998, 2600hz/kazoo#2689
10:00:00 c1 visit.queued queue=q1
10:00:10 c1 visit.answered agent=ana team=t +id=a1
10:01:00 c1 visit.answered agent=boss team=t +id=a2
10:02:00 c1 leg.ended agent=boss

as of 10:03:00
queue q1 now.active 1
queue q1 now.longest_talk_seconds 170    # since 10:00:10

10:04:00 c1 leg.ended agent=ana
10:04:10 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue q1 totals.offered 1
queue q1 totals.answered 1
queue q1 60m.asa_seconds 10
queue q1 60m.handled 1                   # the supervisor's leg is not told to be wrapped up
queue q1 60m.talk_seconds 230            # ana, 10:00:10 to 10:04:00
queue q1 60m.acw_seconds 10
queue q1 60m.aht_seconds 240
queue q1 now.active 0
queue q1 now.reconciliation_difference 0
