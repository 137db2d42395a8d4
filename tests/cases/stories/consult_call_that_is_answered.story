# A consult call whose answer is told under its own id counts as any visit; its link may be told last.
10:02:11 b visit.queued queue=1509
10:02:18 b visit.answered agent=7051
10:03:00 b leg.ended agent=7051
10:03:00 b contact.ended
10:04:00 b contact.linked to=a relation=consult

as of 10:10:00
queue 1509 totals.offered 1
queue 1509 totals.answered 1
queue 1509 totals.abandoned 0
queue 1509 60m.asa_seconds 7
queue 1509 now.active 0
queue 1509 now.reconciliation_difference 0
