# The same with one agent in both queues: in the second of the transfer the end is that of the first leg.
10:00:00 c1 visit.queued queue=billing
10:00:05 c1 visit.answered agent=ana
10:02:00 c1 leg.ended agent=ana transfer=blind
10:02:00 c1 visit.queued queue=orders
10:02:00 c1 visit.answered agent=ana
10:04:00 c1 leg.ended agent=ana
10:04:00 c1 contact.ended

as of 10:10:00
queue billing totals.answered 1
queue billing totals.transferred 1
queue orders totals.answered 1
queue orders 60m.asa_seconds 0
all now.active 0
all now.reconciliation_difference 0
