"""The stories that examples are told by."""

from tools.docs.definitions.entry import Story

MORNING = Story(
    "The morning",
    "Ten minutes of the queue `billing`; target 20 s, short-abandon limit 5 s. Read at 10:10:00: c9 is "
    "talking, c10 has waited for 40 s, c11 for 10 s.",
    """
10:00:00 c1 visit.queued queue=billing
10:00:04 c1 visit.answered agent=ana
10:01:00 c2 visit.queued queue=billing
10:01:03 c2 visit.abandoned
10:01:04 c1 leg.held
10:01:34 c1 leg.resumed
10:02:00 c3 visit.queued queue=billing
10:02:40 c3 visit.abandoned
10:03:00 c4 visit.queued queue=billing
10:03:04 c1 leg.ended
10:03:34 c1 leg.wrapped_up
10:03:40 c4 visit.answered agent=ana
10:04:00 c5 visit.queued queue=billing
10:04:12 c5 visit.answered agent=ben
10:05:00 c6 visit.queued queue=billing
10:05:15 c6 visit.left reason=overflow
10:05:40 c4 leg.ended transfer=blind
10:06:00 c4 leg.wrapped_up
10:06:00 c7 visit.queued queue=billing
10:06:10 c7 visit.left reason=callback
10:06:30 c8 visit.blocked queue=billing reason=full
10:07:00 c12 visit.queued queue=billing
10:07:10 c12 visit.abandoned
10:08:00 c9 visit.queued queue=billing
10:08:12 c5 leg.ended
10:08:20 c9 visit.answered agent=ana
10:08:22 c5 leg.wrapped_up
10:09:20 c10 visit.queued queue=billing
10:09:50 c11 visit.queued queue=billing
""",
)

CALLBACK = Story(
    "The callback",
    "k1 asks to be called back, and is reached at the second attempt; k2 has an appointment for 10:30.",
    """
10:00:00 k1 visit.queued queue=billing visit=1
10:00:50 k1 visit.left reason=callback visit=1
10:00:51 k1 visit.queued queue=callbacks channel=callback visit=2 due=10:03:00
10:03:05 k1 callback.attempted result=no_answer visit=2
10:04:00 k1 callback.attempted result=connected visit=2
10:04:10 k1 visit.answered agent=ana visit=2
10:05:00 k2 visit.queued queue=callbacks channel=callback due=10:30:00
""",
)

STRADDLE = Story(
    "The edge",
    "At 10:10:00 the window `5m` begins at 10:05:00. a and b came before it; d and e wait, for 30 s and 25 "
    "s.",
    """
10:04:30 a visit.queued queue=billing
10:04:50 b visit.queued queue=billing
10:05:00 b visit.answered agent=ana
10:05:10 a visit.answered agent=ben
10:06:00 c visit.queued queue=billing
10:06:10 c visit.answered agent=ana
10:09:30 d visit.queued queue=billing
10:09:35 e visit.queued queue=billing
""",
)

WHISPER = Story(
    "The whisper",
    "The agent accepts and hears what it is about before being connected: v1 for 7 s, v2 for 2 s.",
    """
10:01:00 v1 visit.queued queue=billing
10:01:25 v1 visit.answered agent=ana accepted=10:01:18
10:02:00 v2 visit.queued queue=billing
10:02:12 v2 visit.answered agent=ben accepted=10:02:10
10:03:25 v1 leg.ended
10:03:25 v1 leg.wrapped_up
""",
)

TARGETS = Story(
    "The new target",
    "The target is 20 s until 10:05:00 and 30 s from then on; two contacts wait 25 s, one under each.",
    """
10:04:00 t1 visit.queued queue=billing
10:04:25 t1 visit.answered agent=ana
10:06:00 t2 visit.queued queue=billing
10:06:25 t2 visit.answered agent=ana
""",
)

TEAM = Story(
    "The team",
    "Two agents. By 10:10:00 ana has been available for 4 minutes and busy for 6, ben for 1 and 4.",
    """
10:00:00 ana agent.state state=available team=invoices queues=billing
10:04:00 ana agent.state state=talking team=invoices queues=billing
10:05:00 ben agent.state state=available team=invoices queues=billing
10:06:00 ben agent.state state=talking team=invoices queues=billing
10:09:00 ana agent.state state=wrapup team=invoices queues=billing
""",
)

SHIFT = Story(
    "The shift",
    "dea takes two chats at once. By 10:10:00 she has been available for 2 minutes and talking for 4, the "
    "last 2 of them to two customers; then she was in training for 1 and on a break for 3. Work was planned "
    "until 10:08:00.",
    """
09:00:00 dea schedule.published from=10:00:00 to=10:08:00 shift=10:00:00/10:08:00/productive
09:00:01 dea schedule.published from=10:08:00 to=10:10:00 shift=10:08:00/10:10:00/not_productive
10:00:00 dea agent.state state=available team=chats capacity=2
10:01:50 h1 visit.queued queue=webchat channel=chat
10:02:00 dea agent.state state=talking team=chats capacity=2
10:02:00 h1 visit.answered agent=dea team=chats
10:03:50 h2 visit.queued queue=webchat channel=chat
10:04:00 h2 visit.answered agent=dea team=chats
10:06:00 h1 leg.ended
10:06:00 h2 leg.ended
10:06:00 dea agent.state state=not_ready reason=training team=chats capacity=2
10:07:00 dea agent.state state=not_ready reason=break team=chats capacity=2
""",
)

SLOTS = Story(
    "One call or three chats",
    "By 10:10:00 gia has served for 10 minutes: one chat from 10:02:00 and a second from 10:04:00, both "
    "until 10:06:00, and a call from then on.",
    """
10:00:00 gia agent.state state=available team=desk capacity=chat:3,voice:1
10:01:50 s1 visit.queued queue=webchat channel=chat
10:02:00 gia agent.state state=talking team=desk capacity=chat:3,voice:1
10:02:00 s1 visit.answered agent=gia team=desk
10:03:50 s2 visit.queued queue=webchat channel=chat
10:04:00 s2 visit.answered agent=gia team=desk
10:05:50 s3 visit.queued queue=billing channel=voice
10:06:00 s1 leg.ended
10:06:00 s2 leg.ended
10:06:00 s3 visit.answered agent=gia team=desk
""",
)

SILENT = Story(
    "The silent desktop",
    "The desktop of eno tells that it is alive, and then nothing more; the limit is 6 minutes.",
    """
10:00:00 eno agent.state state=available team=invoices queues=billing
10:00:30 eno agent.heartbeat
""",
)

CHAT = Story(
    "The chat",
    "A bot answers m1 first and hands over to people at 10:01:00; m2 goes to them at once.",
    """
10:00:00 m1 contact.started channel=chat
10:00:00 m1 message.sent by=customer
10:00:05 m1 message.sent by=bot
10:00:40 m1 message.sent by=customer
10:01:00 m1 visit.queued queue=webchat channel=chat
10:01:30 m1 visit.answered agent=ana
10:02:00 m1 message.sent by=agent
10:03:00 m1 message.sent by=customer
10:03:20 m1 message.sent by=customer
10:03:30 m1 message.sent by=agent
10:04:00 m2 visit.queued queue=webchat channel=chat
10:04:00 m2 message.sent by=customer
10:04:10 m2 visit.answered agent=ben
10:04:20 m2 message.sent by=agent
""",
)

TRANSFER = Story(
    "The transfer",
    "One contact is answered in `billing`, passed on, and answered in `orders`: two visits.",
    """
10:00:00 p1 visit.queued queue=billing visit=1
10:00:05 p1 visit.answered agent=ana visit=1
10:02:00 p1 leg.ended transfer=warm visit=1
10:02:00 p1 visit.queued queue=orders visit=2
10:02:30 p1 visit.answered agent=ben visit=2
""",
)

LOST = Story(
    "The lost end",
    "The source never tells that g1 hung up.",
    "10:00:00 g1 visit.queued queue=billing",
)

EDGES = Story(
    "Window edges",
    "One contact the evening before, one after midnight, and two around 10:05:00.",
    """
2026-11-20T23:59:59 n1 visit.queued queue=billing
00:00:01 n2 visit.queued queue=billing
10:04:59 n3 visit.queued queue=billing
10:05:01 n4 visit.queued queue=billing
""",
)


def _day(*, in_target: int, late: int, short: int, abandoned_in: int, abandoned_late: int) -> str:
    """A day of so many contacts, each waiting as long as what became of it allows."""
    waits = [
        *(("answered", "20") for _ in range(in_target)),
        *(("answered", "21") for _ in range(late)),
        *(("abandoned", "05") for _ in range(short)),
        *(("abandoned", "06") for _ in range(abandoned_in)),
        *(("abandoned", "21") for _ in range(abandoned_late)),
    ]
    entries = [f"10:00:00 d{n} visit.queued queue=billing" for n in range(len(waits))]
    exits = sorted(f"10:00:{wait} d{n} visit.{how}" for n, (how, wait) in enumerate(waits))
    return "\n".join([*entries, *exits])


ICMI_DAY = Story(
    "The shared example",
    "ICMI's: 1,000 answered, 860 of them within the target; 60 abandoned, 20 of them within the target, 10 "
    "of those short. That is 1,060 contacts.",
    _day(in_target=860, late=140, short=10, abandoned_in=10, abandoned_late=40),
    shown=False,
)

INVENTED_DAY = Story(
    "The second day",
    "940 answered, 800 of them within the target; 60 abandoned, 25 of them within the target, 10 of those "
    "short. That is 1,000 contacts.",
    _day(in_target=800, late=140, short=10, abandoned_in=15, abandoned_late=35),
    shown=False,
)

STORIES = (
    MORNING,
    CALLBACK,
    STRADDLE,
    WHISPER,
    TARGETS,
    TEAM,
    SHIFT,
    SLOTS,
    SILENT,
    CHAT,
    TRANSFER,
    LOST,
    EDGES,
    ICMI_DAY,
    INVENTED_DAY,
)
