# Clocks go forward on 8 March 2026: from midnight, 05:00 UTC, to the next, 04:00 UTC, it is 23 hours.
# matomo-org/matomo#9949, vergoh/vnstat#193
2026-03-08T05:00:00 ana agent.state state=available team=t queues=billing
2026-03-08T04:59:59 a visit.queued queue=billing
2026-03-08T05:00:00 b visit.queued queue=billing
2026-03-08T06:59:59 c visit.queued queue=billing
2026-03-08T07:00:00 d visit.queued queue=billing
2026-03-09T03:30:00 e visit.queued queue=billing
2026-03-09T03:59:59 f visit.queued queue=billing

as of 2026-03-09T03:59:59
queue billing today.from_ms 1772946000000        # 2026-03-08T05:00:00Z
queue billing today.offered 5                    # all but a
team t today.state_seconds.available 82799       # 22:59:59
all today.offered 5
