# In one second the customer and the agent write. The source of m1 says that the customer wrote last and waits,
# that of m2 that the agent did.
10:00:00 m1 visit.queued queue=webchat channel=chat
10:00:10 m1 visit.answered agent=ana
10:02:00 m1 message.sent by=agent +sequence=9
10:02:00 m1 message.sent by=customer +sequence=10
10:00:00 m2 visit.queued queue=other channel=chat
10:00:10 m2 visit.answered agent=ana
10:02:00 m2 message.sent by=customer +sequence=9
10:02:00 m2 message.sent by=agent +sequence=10

as of 10:10:00
queue webchat now.unanswered 1
queue webchat now.oldest_unanswered_seconds 480
queue webchat 60m.response_seconds none
queue other now.unanswered 0
queue other 60m.response_seconds 0
