# In Cairo clocks go from 00:00 to 01:00 on 24 April 2026: the day begins at 22:00 UTC, as its first hour is
# skipped; hours of the calendar that lie in it do not come.
2026-04-23T21:59:59 a visit.queued queue=cairo
2026-04-23T22:00:00 b visit.queued queue=cairo

as of 2026-04-23T22:00:00
queue cairo now.open no                          # 00:00 to 00:30 is skipped whole
queue cairo today.from_ms 1776981600000          # 2026-04-23T22:00:00Z

as of 2026-04-24T05:00:00
queue cairo today.from_ms 1776981600000
queue cairo today.offered 1                      # b
queue cairo now.open yes                         # 08:00
