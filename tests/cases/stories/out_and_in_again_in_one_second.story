# The contact falls out of the queue every three minutes and enters it anew, once within the same second.
# prog-it/Asterisk-CDR-Viewer-Mod#141
10:00:00 c1 visit.queued queue=soft
10:03:00 c1 visit.left reason=timeout
10:03:00 c1 visit.queued queue=soft
10:06:00 c1 visit.left reason=timeout
10:06:01 c1 visit.queued queue=soft
10:06:49 c1 visit.abandoned

as of 10:10:00
queue soft totals.offered 3
queue soft totals.left 2
queue soft totals.abandoned 1
queue soft totals.short_abandoned 0      # after 48 s
queue soft now.waiting 0
queue soft now.reconciliation_difference 0
all contacts.totals.offered 1
explain soft sound yes
