# On Lord Howe Island clocks go back by half an hour: 01:30 to 02:00 comes twice, and each is an interval.
2026-04-04T14:50:00 h visit.queued queue=howe
2026-04-04T15:20:00 i visit.queued queue=howe

as of 2026-04-04T15:25:00
queue howe interval_30m.from_ms 1775314800000    # 2026-04-04T15:00:00Z, 01:30 for the second time
queue howe interval_30m.offered 1                # i
queue howe interval_30m_last.from_ms 1775313000000
queue howe interval_30m_last.to_ms 1775314800000
queue howe interval_30m_last.offered 1           # h
