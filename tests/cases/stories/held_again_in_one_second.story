# The agent takes the customer off hold and parks them again within one second: what closes the open hold comes
# first.
10:00:00 c1 visit.queued queue=q
10:00:10 c1 visit.answered agent=ana
10:01:00 c1 leg.held agent=ana
10:01:30 c1 leg.resumed agent=ana
10:01:30 c1 leg.held agent=ana +id=again
10:02:00 c1 leg.resumed agent=ana
10:03:10 c1 leg.ended agent=ana
10:03:10 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue q 60m.hold_seconds 60              # 30 + 30
queue q 60m.talk_seconds 120             # 180 - 60
queue q 60m.acw_seconds 0
