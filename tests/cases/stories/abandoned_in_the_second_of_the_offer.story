# The customer hangs up in the second in which the telephone begins to ring.
10:00:00 c1 visit.queued queue=q
10:00:10 c1 offer.made agent=ana team=t
10:00:10 c1 visit.abandoned

as of 10:10:00
queue q totals.abandoned 1
team t 60m.offers_made 1
team t 60m.offers_abandoned 1
team t 60m.offers_declined 0
