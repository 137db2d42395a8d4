# An answer is retracted and then corrected within one second: of several words about an event the latest counts,
# and its source numbers them. Of c2 it is the other way round.
10:00:00 c1 visit.queued queue=q
10:00:30 c1 visit.answered agent=ana +id=a1
10:02:00 c1 event.retracted id=a1 type=visit.answered +sequence=9
10:02:00 c1 event.corrected id=a1 type=visit.answered time=10:00:20 data.agent=ben +sequence=10
10:00:00 c2 visit.queued queue=other
10:00:30 c2 visit.answered agent=ana +id=a2
10:02:00 c2 event.corrected id=a2 type=visit.answered time=10:00:20 data.agent=ben +sequence=99
10:02:00 c2 event.retracted id=a2 type=visit.answered +sequence=100

as of 10:10:00
queue q totals.answered 1
queue q 60m.asa_seconds 20
queue q now.waiting 0
queue other totals.answered 0
queue other now.waiting 1
queue other now.longest_wait_seconds 600
