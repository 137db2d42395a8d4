# A queue that an agent serves is there before its first contact: zero waiting is data. Without it a queue that
# nobody reaches looks like none. prometheus/client_js#118, AztecProtocol/aztec-packages#18964
10:00:00 lea agent.state state=available team=t queues=never_called

as of 10:10:00
queue never_called now.agents.available 1
queue never_called now.waiting 0
queue never_called totals.offered 0
queue never_called 60m.service_level_ratio none
team t agents.available 1
explain never_called sound yes
