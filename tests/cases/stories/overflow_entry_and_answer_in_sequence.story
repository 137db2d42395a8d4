# The same from a source that orders its events: its `sequence` says so, in numbers of several lengths.
10:00:00 c1 visit.queued queue=first +sequence=8
10:03:00 c1 visit.answered agent=ana +sequence=101
10:03:00 c1 visit.queued queue=second +sequence=100
10:03:00 c1 visit.left reason=overflow +sequence=99
10:05:00 c1 leg.ended agent=ana +sequence=102

as of 10:10:00
queue first totals.left 1
queue first totals.answered 0
queue second totals.answered 1
queue second 60m.asa_seconds 0
all now.waiting 0
all now.reconciliation_difference 0
