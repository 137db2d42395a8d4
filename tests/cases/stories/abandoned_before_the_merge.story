# Who gave up before being merged has given up: the link does not undo what happened before it.
10:00:00 m2 visit.queued queue=webchat channel=chat
10:01:00 m2 visit.abandoned
10:02:00 m2 contact.linked to=m1 relation=merged

as of 10:10:00
queue webchat totals.abandoned 1
queue webchat now.waiting 0
queue webchat now.reconciliation_difference 0
