# Two chats of one customer; the second is merged into the first while it waits. From then on it waits nowhere,
# and its end is no abandon. That its message is answered in the other chat is a matter of judgement: it waits
# for no reply of its own.
10:00:00 m1 visit.queued queue=webchat channel=chat
10:00:30 m2 visit.queued queue=webchat channel=chat
10:00:35 m2 message.sent by=customer

as of 10:01:00
queue webchat now.waiting 2

10:02:00 m2 contact.linked to=m1 relation=merged

as of 10:03:00
queue webchat now.waiting 1
queue webchat now.longest_wait_seconds 180
queue webchat now.reconciliation_difference 0
queue webchat now.unanswered 0

10:04:00 m1 visit.answered agent=ana
10:05:00 m1 contact.ended
10:05:00 m2 contact.ended

as of 10:10:00
queue webchat totals.answered 1
queue webchat totals.abandoned 0
queue webchat now.waiting 0
queue webchat now.reconciliation_difference 0
queue webchat now.unanswered 0
