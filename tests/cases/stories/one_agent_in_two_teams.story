# Two sources tell the states of one agent, each with a team of its own. She is one agent, in one state.
10:00:00 fay agent.state state=available team=voice queues=q +source=/pbx
10:01:00 fay agent.state state=available team=chat queues=q +source=/chat
10:02:00 fay agent.state state=talking team=voice queues=q +source=/pbx
10:04:00 fay agent.state state=available team=voice queues=q +source=/pbx

as of 10:10:00
team voice agents.available 1
team chat agents.available 0
team voice 60m.state_seconds.available 420      # 10:00 to 10:01, 10:04 to 10:10
team voice 60m.state_seconds.talking 120
team chat 60m.state_seconds.available 60
