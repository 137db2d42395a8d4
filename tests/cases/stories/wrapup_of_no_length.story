# A source with whole seconds: the end of a talk and the agent's being available again fall into one. Its ids
# are a counter, of which the next is not the greater as a text. asterisk/asterisk#759 shows such a log.
10:00:00 ana agent.state state=available team=t queues=billing +id=98
10:01:00 ana agent.state state=talking team=t queues=billing +id=99
10:05:00 ana agent.state state=wrapup team=t queues=billing +id=100
10:05:00 ana agent.state state=available team=t queues=billing +id=101
10:07:00 ben agent.state state=talking team=t queues=billing +id=8
10:09:00 ben agent.state state=wrapup team=t queues=billing +id=9
10:09:00 ben agent.state state=available team=t queues=billing +id=10

as of 10:10:00
team t agents.available 2
team t agents.wrapup 0
team t 60m.state_seconds.talking 360     # 4 + 2 minutes
team t 60m.state_seconds.available 420   # ana 1 + 5, ben 1
team t 60m.state_seconds.wrapup 0
team t 60m.occupancy_ratio 360/780
