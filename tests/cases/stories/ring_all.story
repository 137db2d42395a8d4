# Three telephones ring at once. c1 is answered by ben, c2 hangs up: nobody let anything ring out.
# microsoftgraph/microsoft-graph-docs-contrib#1917 (answered by one, missed for all others), and the
# ring-all strategy of FreeSWITCH, which tells of a lost race.
10:00:00 c1 visit.queued queue=billing
10:00:01 c1 offer.made agent=ana team=t +id=o1
10:00:01 c1 offer.made agent=ben team=t +id=o2
10:00:01 c1 offer.made agent=cid team=t +id=o3
10:00:06 c1 visit.answered agent=ben team=t
10:01:00 c2 visit.queued queue=billing
10:01:01 c2 offer.made agent=ana team=t +id=o4
10:01:01 c2 offer.made agent=ben team=t +id=o5
10:01:01 c2 offer.made agent=cid team=t +id=o6
10:01:04 c2 visit.abandoned

as of 10:10:00
queue billing totals.offered 2
queue billing totals.answered 1
queue billing totals.abandoned 1
queue billing now.active 1
queue billing now.reconciliation_difference 0
team t 60m.offers_made 6
team t 60m.offers_answered 1
team t 60m.offers_abandoned 3            # all three that rang when c2 gave up
team t 60m.offers_declined 0
