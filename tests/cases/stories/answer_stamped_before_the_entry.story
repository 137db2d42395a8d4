# The desktop's clock is two seconds behind that of the telephone system: the answer seems to come first.
# Netflix/conductor#1426, onyx-dot-app/onyx#10161 tell of times that run backwards between two hosts.
10:00:05 c1 visit.queued queue=billing +source=/pbx
10:00:03 c1 visit.answered agent=ana +source=/desktop
10:01:00 c1 leg.ended agent=ana +source=/desktop
10:01:10 c1 leg.wrapped_up agent=ana +source=/desktop

as of 10:10:00
queue billing totals.offered 1
queue billing totals.answered 1
queue billing totals.abandoned 0
queue billing now.waiting 0
queue billing now.active 0
queue billing now.reconciliation_difference 0
queue billing 60m.asa_seconds 0
queue billing 60m.talk_seconds 57     # 10:00:03 to 10:01:00
queue billing 60m.acw_seconds 10
queue billing 60m.aht_seconds 67
explain billing sound yes
