# A numbered visit is told twice, with two names of its queue: one visit, in the queue it was first told of.
10:00:00 c1 visit.queued queue=old_name visit=1
10:00:30 c1 visit.queued queue=new_name visit=1
10:00:40 c1 visit.answered agent=ana visit=1

as of 10:10:00
queue old_name totals.offered 1
queue old_name totals.answered 1
queue old_name 60m.asa_seconds 40
all totals.offered 1
all now.waiting 0
all now.reconciliation_difference 0
