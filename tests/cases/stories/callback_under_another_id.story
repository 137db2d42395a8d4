# The customer asks to be called back, and the call back is a contact of its own that is linked to the first. What
# was promised counts from the first contact's queue entry, as in the story of the callback in definitions.md.
# The two may lie in different partitions, so the link tells when (`asked`).
10:00:00 k1 visit.queued queue=billing
10:00:50 k1 visit.left reason=callback
10:00:50 k1 contact.ended
10:00:51 k2 contact.linked to=k1 relation=callback asked=10:00:00
10:00:51 k2 visit.queued queue=callbacks channel=callback due=10:03:00
10:04:10 k2 visit.answered agent=ana

as of 10:10:00
queue billing totals.callbacks 1
queue billing totals.abandoned 0
queue callbacks totals.offered 1
queue callbacks totals.answered 1
queue callbacks 60m.asa_seconds 70                      # since it is due
queue callbacks 60m.promised_wait_seconds 250           # since 10:00:00
all now.waiting 0
all now.reconciliation_difference 0
