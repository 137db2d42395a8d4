# Two agents talk when the contact ends, and nothing is told of their legs: both are over.
10:00:00 c1 visit.queued queue=q channel=chat
10:00:10 c1 visit.answered agent=ana team=t +id=a1
10:01:00 c1 visit.answered agent=ben team=t +id=a2
10:02:00 c1 contact.ended

as of 10:10:00
queue q:chat totals.answered 1
queue q:chat now.active 0
queue q:chat now.reconciliation_difference 0
# Each had one contact: 110 + 60 seconds of legs, over no time told of talking.
team t 60m.concurrency_ratio none
