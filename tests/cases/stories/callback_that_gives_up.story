# A callback that is linked and never reached: the link makes it no less an abandon.
10:00:51 k2 contact.linked to=k1 relation=callback asked=10:00:00
10:00:51 k2 visit.queued queue=callbacks channel=callback due=10:03:00
10:04:10 k2 visit.abandoned

as of 10:10:00
queue callbacks totals.abandoned 1
queue callbacks 60m.promised_wait_seconds none
queue callbacks now.reconciliation_difference 0
