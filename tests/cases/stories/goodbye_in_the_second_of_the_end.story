# The customer says goodbye in the second in which the chat ends: nobody is left to answer, and nobody waits.
10:00:00 m1 visit.queued queue=webchat channel=chat
10:00:10 m1 visit.answered agent=ana
10:00:20 m1 message.sent by=customer
10:00:40 m1 message.sent by=agent
10:05:00 m1 message.sent by=customer
10:05:00 m1 leg.ended agent=ana
10:05:00 m1 contact.ended

as of 10:10:00
queue webchat now.unanswered 0
queue webchat now.active 0
queue webchat 60m.response_seconds 20
queue webchat now.reconciliation_difference 0
