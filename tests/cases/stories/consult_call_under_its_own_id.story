# An announced transfer: the agent's own call b waits in the second queue, and its answer is told under the
# customer's id a. asterisk/asterisk#759, FreePBX/issue-tracker#124
# b is not a customer who gave up after 7 s. What it counts as instead is a matter of judgement (it left the
# queue): that it is neither an abandon nor waits nor is missing from the ledger is not.
10:00:00 a visit.queued queue=1501
10:00:12 a visit.answered agent=7009
10:02:11 b contact.linked to=a relation=consult
10:02:11 b visit.queued queue=1509
10:02:12 a leg.ended agent=7009 transfer=warm
10:02:18 a visit.answered agent=7051 +id=answered-again
10:02:18 b contact.ended

as of 10:03:00
queue 1501 now.active 1                         # 7051 talks to the customer

10:05:11 a leg.ended agent=7051
10:05:11 a contact.ended

as of 10:10:00
queue 1501 totals.offered 1
queue 1501 totals.answered 1
queue 1501 totals.transferred 1
queue 1501 60m.asa_seconds 12
queue 1501 now.active 0
queue 1509 totals.offered 1
queue 1509 totals.abandoned 0
queue 1509 totals.short_abandoned 0
queue 1509 now.waiting 0
queue 1509 now.reconciliation_difference 0
all totals.abandoned 0
