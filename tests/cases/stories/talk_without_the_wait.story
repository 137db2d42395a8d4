# The contact in progress is as old as its answer, not as its queue entry. NethServer/dev#7049
10:00:00 c1 visit.queued queue=q
10:00:40 c1 visit.answered agent=ana

as of 10:10:00
queue q now.active 1
queue q now.longest_talk_seconds 560     # since 10:00:40
queue q now.mean_talk_seconds 560
queue q now.longest_wait_seconds none
queue q 60m.asa_seconds 40
