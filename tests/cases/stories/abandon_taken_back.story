# An abandon is retracted, so the contact waits again, since its queue entry; then it is answered. A correction
# must outlive whatever held it in memory. Reports of state after a restart: faust-streaming/faust#158,
# roramirez/qpanel#113
10:00:00 c1 visit.queued queue=q
10:00:10 c1 visit.abandoned +id=a

as of 10:00:15
queue q totals.abandoned 1
queue q now.waiting 0

10:00:20 c1 event.retracted id=a type=visit.abandoned

as of 10:01:00
queue q totals.abandoned 0
queue q now.waiting 1
queue q now.longest_wait_seconds 60
explain q sound yes

10:01:30 c1 visit.answered agent=ana
10:01:35 c2 visit.queued queue=q

as of 10:10:00
queue q totals.offered 2
queue q totals.answered 1
queue q totals.abandoned 0
queue q 60m.asa_seconds 90
queue q now.waiting 1
queue q now.active 1
queue q now.reconciliation_difference 0
explain q sound yes
