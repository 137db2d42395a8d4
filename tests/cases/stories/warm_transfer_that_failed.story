# An announced transfer to another queue fails, and the first agent takes the customer back.
# support.twilio.com 32980479809819 (a failed transfer counts as an abandon), 2600hz/kazoo#958
10:00:00 c1 visit.queued queue=sales visit=1
10:00:10 c1 visit.answered agent=ana visit=1 team=t
10:02:00 c1 leg.held agent=ana visit=1
10:02:05 c1 visit.queued queue=tech visit=2
10:02:35 c1 visit.left reason=error visit=2
10:02:36 c1 leg.resumed agent=ana visit=1
10:04:00 c1 leg.ended agent=ana visit=1
10:04:00 c1 contact.ended
10:04:10 c1 leg.wrapped_up agent=ana visit=1

as of 10:10:00
queue sales totals.answered 1
queue sales totals.transferred 0
queue sales 60m.talk_seconds 194         # 230 - 36
queue sales 60m.hold_seconds 36
queue sales 60m.acw_seconds 10
queue sales now.active 0
queue tech totals.offered 1
queue tech totals.left 1
queue tech totals.abandoned 0
queue tech now.reconciliation_difference 0
all contacts.totals.offered 1
