# The end of the contact is told by a system whose clock is behind that of the desktop: a call of no length is
# answered, not abandoned.
10:00:00 c1 visit.queued queue=q +source=/pbx
10:00:20.400 c1 visit.answered agent=ana +source=/desktop
10:00:20.000 c1 contact.ended +source=/pbx

as of 10:10:00
queue q totals.answered 1
queue q totals.abandoned 0
queue q now.active 0
queue q now.waiting 0
queue q now.reconciliation_difference 0
