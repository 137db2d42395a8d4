# The telephone system and the router both tell of one entry, at the same instant or half a second apart: one visit.
10:00:00 c1 visit.queued queue=billing +source=/pbx
10:00:00 c1 visit.queued queue=billing +source=/router
10:00:10 c1 visit.answered agent=ana +source=/pbx
10:02:00 c1 contact.ended +source=/pbx
10:00:00.000 c2 visit.queued queue=orders +source=/pbx
10:00:00.500 c2 visit.queued queue=orders +source=/router
10:00:10 c2 visit.answered agent=ana +source=/pbx
10:02:00 c2 contact.ended +source=/pbx

as of 10:10:00
queue billing totals.offered 1
queue billing totals.answered 1
queue billing totals.abandoned 0
queue billing 60m.asa_seconds 10
queue orders totals.offered 1
queue orders totals.answered 1
queue orders totals.abandoned 0
queue orders 60m.asa_seconds 10
all now.reconciliation_difference 0
