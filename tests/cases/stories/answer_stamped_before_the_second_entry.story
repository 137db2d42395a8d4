# The desktop's clock is 300 ms behind: the answer in the second queue is stamped before its entry, and after the
# answer in the first. Nobody gave up.
10:00:00 c1 visit.queued queue=billing +source=/pbx
10:00:10 c1 visit.answered agent=ana +source=/desktop
10:02:00 c1 leg.ended agent=ana transfer=warm +source=/desktop
10:02:00.500 c1 visit.queued queue=orders +source=/pbx
10:02:00.200 c1 visit.answered agent=ben +source=/desktop
10:05:00.200 c1 leg.ended agent=ben +source=/desktop
10:05:00.700 c1 contact.ended +source=/pbx

as of 10:10:00
queue billing totals.answered 1
queue billing totals.transferred 1
queue orders totals.offered 1
queue orders totals.answered 1
queue orders totals.abandoned 0
queue orders 60m.asa_seconds 0
all now.active 0
all now.waiting 0
all now.reconciliation_difference 0
explain orders sound yes
