# A contact and an agent with the same id are two things.
10:00:00 1001 visit.queued queue=q
10:00:05 1001 visit.answered agent=1001
10:00:00 1001 agent.state state=available team=t queues=q
10:00:05 1001 agent.state state=talking team=t queues=q

as of 10:10:00
queue q totals.answered 1
queue q now.active 1
queue q now.agents.talking 1
team t agents.talking 1
team t agents.available 0
team t 60m.state_seconds.talking 595
