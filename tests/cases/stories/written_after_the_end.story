# A second after the end the customer writes: that reopens the contact and waits for an answer. So does a message
# in the very second of the end if its source numbers it later.
10:00:00 m1 visit.queued queue=webchat channel=chat
10:00:10 m1 visit.answered agent=ana
10:05:00 m1 contact.ended
10:05:01 m1 message.sent by=customer
10:00:00 m2 visit.queued queue=other channel=chat +sequence=1
10:00:10 m2 visit.answered agent=ana +sequence=2
10:05:00 m2 contact.ended +sequence=3
10:05:00 m2 message.sent by=customer +sequence=4

as of 10:10:00
queue webchat now.unanswered 1
queue webchat now.oldest_unanswered_seconds 299
queue other now.unanswered 1
queue other now.oldest_unanswered_seconds 300
