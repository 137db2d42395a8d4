# ben helps in the first queue and then takes the chat over in the second. The first response is given once, in
# the first queue, by whoever gave it. RocketChat/Rocket.Chat#34156, chatwoot/chatwoot#7978
10:00:00 m1 visit.queued queue=webchat channel=chat
10:00:05 m1 message.sent by=customer
10:00:10 m1 visit.answered agent=ana team=t
10:00:30 m1 message.sent by=agent agent=ben
10:01:00 m1 leg.ended agent=ana transfer=warm
10:01:00 m1 visit.queued queue=tech channel=chat
10:01:20 m1 visit.answered agent=ben team=t
10:01:30 m1 message.sent by=customer
10:01:50 m1 message.sent by=agent agent=ben

as of 10:10:00
queue webchat 60m.first_response_seconds 30     # 10:00:00, its first trace, to 10:00:30
queue webchat 60m.response_seconds 25           # 10:00:05 to 10:00:30
queue webchat totals.transferred 1
queue tech 60m.first_response_seconds none
queue tech 60m.response_seconds 20              # 10:01:30 to 10:01:50
queue tech totals.answered 1
queue tech 60m.asa_seconds 20
