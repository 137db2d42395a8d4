# The link is taken back: the call was a customer's, who gave up after 7 s.
10:02:11 b visit.queued queue=1509
10:02:11 b contact.linked to=a relation=consult +id=link
10:02:18 b contact.ended
10:03:00 b event.retracted id=link type=contact.linked

as of 10:10:00
queue 1509 totals.offered 1
queue 1509 totals.abandoned 1
queue 1509 now.reconciliation_difference 0
