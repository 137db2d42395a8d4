# The end of wrap-up, ringing and the next talk fall into one second.
10:00:00 ana agent.state state=talking team=t
10:05:00 ana agent.state state=wrapup team=t
10:06:00 ana agent.state state=available team=t
10:06:00 ana agent.state state=ringing team=t
10:06:00 ana agent.state state=talking team=t

as of 10:10:00
team t agents.talking 1
team t 60m.state_seconds.talking 540     # 5 + 4 minutes
team t 60m.state_seconds.wrapup 60
team t 60m.state_seconds.available 0
team t 60m.state_seconds.ringing 0
