# In Cairo clocks go back from 24:00 to 23:00 on 29 October 2026: the day's last hour comes twice, and the next
# day begins once.
2026-10-28T20:59:59 c visit.queued queue=cairo
2026-10-28T21:00:00 d visit.queued queue=cairo
2026-10-29T20:30:00 e visit.queued queue=cairo
2026-10-29T21:30:00 f visit.queued queue=cairo

as of 2026-10-29T19:59:59
queue cairo now.open no

as of 2026-10-29T20:00:00
queue cairo now.open yes                         # 23:00 for the first time

as of 2026-10-29T21:45:00
queue cairo today.from_ms 1793221200000          # 2026-10-28T21:00:00Z
queue cairo today.offered 3                      # d, e, f
queue cairo now.open yes                         # 24:00 has not come

2026-10-29T22:00:00 g visit.queued queue=cairo

as of 2026-10-29T22:00:01
queue cairo today.from_ms 1793311200000          # 2026-10-29T22:00:00Z
queue cairo today.offered 1                      # g
queue cairo now.open no
