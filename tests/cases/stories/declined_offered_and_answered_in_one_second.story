# The first agent lets it ring out, the second is rung and answers, within one second.
10:00:00 c1 visit.queued queue=q
10:00:05 c1 offer.made agent=ana team=t
10:00:25 c1 offer.declined agent=ana team=t reason=timeout
10:00:25 c1 offer.made agent=ben team=t
10:00:25 c1 visit.answered agent=ben team=t

as of 10:10:00
team t 60m.offers_made 2
team t 60m.offers_declined 1
team t 60m.offers_answered 1
team t 60m.offers_abandoned 0
team t 60m.offers_answered_ratio 1/2
queue q 60m.asa_seconds 25
