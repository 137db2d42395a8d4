# A queue of the settings is there before its first contact, with zeros.
# prometheus/client_js#118, prometheus-net/prometheus-net#278
10:00:00 c1 visit.queued queue=other

as of 10:10:00
queue preset now.waiting 0
queue preset now.reconciliation_difference 0
queue preset totals.offered 0
queue preset 60m.offered 0
queue preset 60m.service_level_ratio none
queue preset target_seconds 30
queue other now.waiting 1
explain preset sound yes
