# An agent stuck in ringing whose source sends no heartbeats. Who never sent one is never unknown: the board
# says what it was told, and since when. signalwire/freeswitch#2540
08:00:00 stuck agent.state state=ringing team=t queues=q

as of 10:10:00
team t agents.ringing 1
team t agents.unknown 0
team t 60m.state_seconds.ringing 3600
