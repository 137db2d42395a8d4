# Three states of an agent within one second: wrap-up of no length, then a break. By meaning wrap-up follows the
# talk; whether she was available before the break or not takes no time.
10:00:00 ana agent.state state=talking team=t
10:05:00 ana agent.state state=wrapup team=t
10:05:00 ana agent.state state=not_ready reason=break team=t

as of 10:10:00
team t agents.not_ready 1
team t agents.wrapup 0
team t 60m.state_seconds.talking 300
team t 60m.state_seconds.not_ready 300
team t 60m.state_seconds.wrapup 0
