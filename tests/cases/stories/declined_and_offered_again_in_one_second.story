# An agent lets it ring out and is rung again within the second, and the customer hangs up then: one offer is the
# agent's miss, the other nobody's.
10:00:00 c1 visit.queued queue=q
10:00:05 c1 offer.made agent=ana team=t +id=first
10:00:25 c1 offer.declined agent=ana team=t reason=timeout
10:00:25 c1 offer.made agent=ana team=t +id=second
10:00:30 c1 visit.abandoned

as of 10:10:00
team t 60m.offers_made 2
team t 60m.offers_declined 1
team t 60m.offers_abandoned 1
team t 60m.offers_answered_ratio 0
