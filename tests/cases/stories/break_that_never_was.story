# A break is retracted and the beginning of a talk is corrected: the agent's time is as if that had been so from
# the start. roramirez/qpanel#113
10:00:00 ana agent.state state=available team=t
10:01:40 ana agent.state state=not_ready reason=break team=t +id=b
10:01:50 ana event.retracted id=b type=agent.state
10:03:20 ana agent.state state=talking team=t +id=d
10:03:30 ana event.corrected id=d type=agent.state time=10:03:00 data.state=talking data.team=t
10:04:35 ana agent.state state=wrapup team=t

as of 10:10:00
team t agents.wrapup 1
team t agents.not_ready 0
team t 60m.state_seconds.not_ready 0
team t 60m.state_seconds.available 180   # 10:00:00 to 10:03:00
team t 60m.state_seconds.talking 95      # 10:03:00 to 10:04:35
team t 60m.state_seconds.wrapup 325      # 10:04:35 to 10:10:00
