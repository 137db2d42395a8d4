# Nobody tells of an abandon, only that the contact ended while two telephones rang: nobody's miss either.
10:00:00 c1 visit.queued queue=q
10:00:01 c1 offer.made agent=ana team=t +id=ana
10:00:01 c1 offer.made agent=ben team=t +id=ben
10:00:09 c1 contact.ended

as of 10:10:00
queue q totals.abandoned 1
team t 60m.offers_made 2
team t 60m.offers_abandoned 2
team t 60m.offers_answered_ratio none
