# The customer hangs up while three telephones ring; that they stop is told as declines, in that second and after.
# That none of them is a decline in the very second is a matter of judgement: no agent is charged with it.
10:00:00 c1 visit.queued queue=q
10:00:01 c1 offer.made agent=ana team=t +id=ana
10:00:01 c1 offer.made agent=ben team=t +id=ben
10:00:01 c1 offer.made agent=cid team=t +id=cid
10:00:04 c1 visit.abandoned
10:00:04 c1 offer.declined agent=ana team=t reason=cancelled +id=ana-over
10:00:05 c1 offer.declined agent=ben team=t reason=cancelled +id=ben-over

as of 10:10:00
queue q totals.abandoned 1
team t 60m.offers_made 3
team t 60m.offers_abandoned 3
team t 60m.offers_declined 0
team t 60m.offers_answered_ratio none
