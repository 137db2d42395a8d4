# Numbers without leading zeros, with them, and beyond what a machine word holds, are numbers all the same.
10:00:00 ana agent.state state=talking team=a +sequence=99
10:05:00 ana agent.state state=available team=a +sequence=100
10:05:00 ana agent.state state=wrapup team=a +sequence=101
10:00:00 ben agent.state state=talking team=b +sequence=0099
10:05:00 ben agent.state state=available team=b +sequence=0100
10:05:00 ben agent.state state=wrapup team=b +sequence=0101
10:00:00 cid agent.state state=talking team=c +sequence=99999999999999999998
10:05:00 cid agent.state state=available team=c +sequence=99999999999999999999
10:05:00 cid agent.state state=wrapup team=c +sequence=100000000000000000000

as of 10:10:00
team a agents.wrapup 1
team b agents.wrapup 1
team c agents.wrapup 1
staff agents.available 0
