# The order of a queue log: the first agent's end is told after the second agent has answered. It belongs to
# the first agent's leg.
10:00:00 c1 visit.queued queue=first
10:00:05 c1 visit.answered agent=ana
10:02:00 c1 visit.queued queue=second
10:02:20 c1 visit.answered agent=ben
10:02:25 c1 leg.ended agent=ana transfer=warm
10:02:40 c1 leg.wrapped_up agent=ana
10:05:00 c1 leg.ended agent=ben
10:05:10 c1 leg.wrapped_up agent=ben

as of 10:10:00
queue first 60m.talk_seconds 140         # 10:00:05 to 10:02:25
queue first 60m.acw_seconds 15
queue first totals.transferred 1
queue second 60m.talk_seconds 160        # 10:02:20 to 10:05:00
queue second 60m.acw_seconds 10
queue second totals.transferred 0
all now.active 0
