# The end of the agent's part is told twice, seven seconds apart, each with another length of the talk.
# Of several ends the earliest counts. asterisk/asterisk#393
10:00:00 c1 visit.queued queue=billing
10:00:03 c1 visit.answered agent=300001
10:00:07 c1 leg.ended agent=300001 +id=e1
10:00:14 c1 leg.ended agent=300001 +id=e2
10:00:14 c1 leg.wrapped_up agent=300001 +id=w1
10:00:14 c1 leg.wrapped_up agent=300001 +id=w2

as of 10:10:00
queue billing totals.handled 1
queue billing 60m.talk_seconds 4
queue billing 60m.acw_seconds 7
queue billing 60m.aht_seconds 11
queue billing now.active 0
