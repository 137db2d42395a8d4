# Who rang for two minutes without an answer has waited since the queue entry. techmatters/flex-plugins#85
10:05:00 c1 visit.queued queue=q
10:05:10 c1 offer.made agent=x team=t
10:07:10 c1 offer.declined agent=x team=t reason=timeout

as of 10:10:00
queue q now.waiting 1
queue q now.longest_wait_seconds 300
queue q now.waiting_over_target 1
team t 60m.offers_made 1
team t 60m.offers_declined 1
team t 60m.offers_answered_ratio 0
