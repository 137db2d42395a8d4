# The same agent answers in the second queue before the first leg's end is told: the first end is the first
# leg's.
10:00:00 c1 visit.queued queue=first
10:00:05 c1 visit.answered agent=ana
10:02:00 c1 visit.queued queue=second
10:02:20 c1 visit.answered agent=ana
10:02:21 c1 leg.ended agent=ana transfer=warm
10:02:30 c1 leg.wrapped_up agent=ana
10:05:00 c1 leg.ended agent=ana
10:05:10 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue first 60m.talk_seconds 136         # 10:00:05 to 10:02:21
queue first 60m.acw_seconds 9
queue first totals.transferred 1
queue second 60m.talk_seconds 160        # 10:02:20 to 10:05:00
queue second 60m.acw_seconds 10
queue second totals.transferred 0
