# Hold is told five seconds before the answer. What lies before the answer is no hold; that the customer is on
# hold from the answer until it ends is a matter of judgement: the source says so.
10:01:00 c1 visit.queued queue=q
10:01:05 c1 leg.held agent=ana
10:01:10 c1 visit.answered agent=ana
10:01:30 c1 leg.resumed agent=ana
10:01:40 c1 leg.ended agent=ana
10:01:40 c1 leg.wrapped_up agent=ana

as of 10:10:00
queue q 60m.aht_seconds 30               # 10:01:10 to 10:01:40
queue q 60m.hold_seconds 20              # 10:01:10 to 10:01:30
queue q 60m.talk_seconds 10
