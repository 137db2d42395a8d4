# A customer who was never answered writes and gives up within one second.
10:00:00 m1 visit.queued queue=webchat channel=chat
10:05:00 m1 message.sent by=customer
10:05:00 m1 visit.abandoned

as of 10:10:00
queue webchat totals.abandoned 1
queue webchat now.unanswered 0
queue webchat now.waiting 0
