# The caller hangs up while the agent's telephone rings, and the agent is connected to nobody.
# signalwire/freeswitch#2529
10:00:00 c1 visit.queued queue=billing
10:00:01 c1 offer.made agent=ana team=t
10:00:02 c1 visit.abandoned
10:00:04 c1 visit.answered agent=ana team=t
10:00:09 c1 leg.ended agent=ana

as of 10:10:00
queue billing totals.offered 1
queue billing totals.abandoned 1
queue billing totals.short_abandoned 1   # after 2 s, the limit is 5 s
queue billing totals.answered 0
queue billing now.active 0
queue billing now.waiting 0
queue billing now.reconciliation_difference 0
team t 60m.offers_made 1
team t 60m.offers_abandoned 1
team t 60m.offers_answered 0
team t 60m.offers_declined 0
team t 60m.offers_answered_ratio none    # 0 / (1 - 1)
explain billing sound yes
