# A sequence orders what happened at one instant; a later time is later, whatever its number.
10:00:00 ana agent.state state=talking team=t +sequence=900
10:05:00 ana agent.state state=available team=t +sequence=3

as of 10:10:00
team t agents.available 1
team t 60m.state_seconds.talking 300
team t 60m.state_seconds.available 300
