# The source names no agent and no end of the leg, only the end of the contact: answered all the same.
# IssabelFoundation/callcenter#41, roramirez/qpanel#203
10:00:00 c1 visit.queued queue=q1
10:00:07 c1 visit.answered
10:01:47 c1 contact.ended

as of 10:10:00
queue q1 totals.offered 1
queue q1 totals.answered 1
queue q1 totals.abandoned 0
queue q1 60m.asa_seconds 7
queue q1 now.active 0
queue q1 now.reconciliation_difference 0
