# An agent misses the offer, and the source tells anew that the contact is in the queue in which it has waited
# all the while; it numbers no visits. One stay in one queue is one visit.
# The like is told in amazon-connect/amazon-connect-streams#323.
10:00:00 c1 visit.queued queue=billing +id=q1
10:00:05 c1 offer.made agent=ana team=t
10:00:25 c1 offer.declined agent=ana team=t reason=missed
10:00:27 c1 visit.queued queue=billing +id=q2
10:00:35 c1 visit.answered agent=ben team=t
10:02:00 c1 leg.ended agent=ben
10:02:00 c1 contact.ended

as of 10:10:00
queue billing totals.offered 1
queue billing totals.answered 1
queue billing totals.abandoned 0
queue billing 60m.asa_seconds 35
queue billing now.waiting 0
queue billing now.active 0
queue billing now.reconciliation_difference 0
all contacts.totals.offered 1
all contacts.totals.answered 1
team t 60m.offers_made 1
team t 60m.offers_declined 1
team t 60m.offers_answered 1
explain billing sound yes
