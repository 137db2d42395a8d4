# The agent's goodbye answers the customer within the second of the end: a response like any other.
10:00:00 m1 visit.queued queue=webchat channel=chat
10:00:10 m1 visit.answered agent=ana
10:04:50 m1 message.sent by=customer
10:05:00 m1 message.sent by=agent
10:05:00 m1 leg.ended agent=ana
10:05:00 m1 contact.ended

as of 10:10:00
queue webchat now.unanswered 0
queue webchat 60m.response_seconds 10
queue webchat 60m.first_response_seconds 300     # 10:00:00 to 10:05:00
