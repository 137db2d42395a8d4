# A transfer whose second agent picks up within the second: the end is that of the first agent's leg, the answer
# that of the second visit.
10:00:00 c1 visit.queued queue=billing
10:00:05 c1 visit.answered agent=ana
10:02:00 c1 leg.ended agent=ana transfer=blind
10:02:00 c1 visit.queued queue=orders
10:02:00 c1 visit.answered agent=ben
10:02:00 c1 leg.wrapped_up agent=ana
10:04:00 c1 leg.ended agent=ben
10:04:00 c1 leg.wrapped_up agent=ben

as of 10:10:00
queue billing totals.answered 1
queue billing totals.transferred 1
queue billing 60m.talk_seconds 115
queue billing 60m.acw_seconds 0
queue orders totals.offered 1
queue orders totals.answered 1
queue orders totals.transferred 0
queue orders 60m.asa_seconds 0
queue orders 60m.talk_seconds 120
all now.active 0
all now.reconciliation_difference 0
