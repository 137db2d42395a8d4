# Against what one would guess, ana was available and went back to wrap-up within the second: her source numbers
# its events, and 10 comes after 9.
10:00:00 ana agent.state state=talking team=t +sequence=8
10:05:00 ana agent.state state=available team=t +sequence=9
10:05:00 ana agent.state state=wrapup team=t +sequence=10

as of 10:10:00
team t agents.wrapup 1
team t agents.available 0
team t 60m.state_seconds.wrapup 300
team t 60m.state_seconds.available 0
