# One source numbers the visit, another tells of the same entry without a number while the contact waits there.
10:00:00 c1 visit.queued queue=billing visit=1 +source=/pbx
10:00:20 c1 visit.queued queue=billing +source=/router
10:00:30 c1 visit.answered agent=ana visit=1 +source=/pbx
10:02:00 c1 contact.ended +source=/pbx

as of 10:10:00
queue billing totals.offered 1
queue billing totals.answered 1
queue billing totals.abandoned 0
queue billing 60m.asa_seconds 30
queue billing now.reconciliation_difference 0
