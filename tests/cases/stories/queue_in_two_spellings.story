# Names are taken as they are: these are two queues.
10:00:00 c1 visit.queued queue=Sales
10:00:00 c2 visit.queued queue=sales

as of 10:10:00
queue Sales totals.offered 1
queue sales totals.offered 1
all now.waiting 2
