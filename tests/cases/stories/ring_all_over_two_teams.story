# Telephones of two teams ring, and the customer hangs up: each team has its own.
10:00:00 c1 visit.queued queue=q
10:00:01 c1 offer.made agent=ana team=one +id=ana
10:00:01 c1 offer.made agent=ben team=two +id=ben
10:00:05 c1 visit.abandoned

as of 10:10:00
team one 60m.offers_abandoned 1
team two 60m.offers_abandoned 1
staff 60m.offers_abandoned 2
