# The end of the contact is told twice, and once more an hour later by another source.
09:00:00 c1 visit.queued queue=q
09:00:05 c1 visit.answered agent=ana
09:01:00 c1 contact.ended +id=1
09:01:00 c1 contact.ended +id=2
10:01:00 c1 contact.ended +id=3 +source=/cdr

as of 10:10:00
queue q totals.offered 1
queue q totals.answered 1
queue q totals.abandoned 0
queue q now.active 0
queue q now.reconciliation_difference 0
