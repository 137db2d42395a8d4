# The end of the talk is not told: of c1 only that wrap-up ended, of c2 that the contact did, while on hold.
# The like of asterisk/asterisk#393.
10:00:00 c1 visit.queued queue=q1
10:00:07 c1 visit.answered agent=ana
10:01:47 c1 leg.wrapped_up agent=ana
10:02:00 c2 visit.queued queue=q1
10:02:05 c2 visit.answered agent=ana
10:02:10 c2 leg.held agent=ana
10:02:40 c2 contact.ended
10:02:50 c2 leg.wrapped_up agent=ana

as of 10:10:00
queue q1 60m.handled 2
queue q1 60m.talk_seconds 52.5           # (100 + 5) / 2
queue q1 60m.hold_seconds 15             # (0 + 30) / 2
queue q1 60m.acw_seconds 5               # (0 + 10) / 2
queue q1 60m.aht_seconds 72.5            # (100 + 45) / 2
queue q1 now.active 0
