# Everything that can happen to a contact falls into one second: it is over, and everything took no time.
10:00:00 c1 contact.started
10:00:00 c1 visit.queued queue=q
10:00:00 c1 offer.made agent=ana team=t
10:00:00 c1 visit.answered agent=ana team=t
10:00:00 c1 leg.held agent=ana
10:00:00 c1 leg.resumed agent=ana
10:00:00 c1 leg.ended agent=ana
10:00:00 c1 leg.wrapped_up agent=ana
10:00:00 c1 contact.ended

as of 10:10:00
queue q totals.offered 1
queue q totals.answered 1
queue q totals.abandoned 0
queue q totals.handled 1
queue q 60m.asa_seconds 0
queue q 60m.aht_seconds 0
queue q now.active 0
queue q now.waiting 0
queue q now.reconciliation_difference 0
team t 60m.offers_made 1
team t 60m.offers_answered 1
team t 60m.offers_declined 0
team t 60m.offers_abandoned 0
