# An agent answers within the second in which the customer wrote; times are whole seconds and ids a counter.
# chatwoot/chatwoot#11787 shows such ids.
# By meaning a reply follows what it replies to. That the customer wrote last is possible too: only a
# `sequence` could tell.
10:00:00 m1 visit.queued queue=webchat channel=chat
10:00:10 m1 visit.answered agent=ana
10:00:20 m1 message.sent by=customer +id=998
10:00:40 m1 message.sent by=agent +id=999
10:02:00 m1 message.sent by=customer +id=9999
10:02:00 m1 message.sent by=agent +id=10000

as of 10:10:00
queue webchat 60m.response_seconds 10    # (20 + 0) / 2
queue webchat now.unanswered 0
queue webchat now.oldest_unanswered_seconds none
