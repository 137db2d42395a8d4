# Answered before midnight, wrapped up after it: every event counts on its own day, and an agent who was there
# before midnight is there after it. Asked about at community.genesys.com (callback reconciliation) and in the
# FAQ of queuemetrics.com (74: real time after midnight, 94: calls across the window).
2026-11-23T22:00:00 ana agent.state state=available team=t queues=callbacks
2026-11-23T23:58:00 c1 visit.queued queue=callbacks channel=callback
2026-11-23T23:58:30 c1 visit.answered agent=ana team=t
2026-11-24T00:03:00 c1 leg.ended agent=ana
2026-11-24T00:04:00 c1 leg.wrapped_up agent=ana

as of 2026-11-24T00:30:00
queue callbacks today.offered 0
queue callbacks today.answered 0
queue callbacks today.handled 1
queue callbacks today.talk_seconds 270
queue callbacks today.acw_seconds 60
queue callbacks today.aht_seconds 330
queue callbacks totals.answered 1
team t agents.available 1
team t today.state_seconds.available 1800
