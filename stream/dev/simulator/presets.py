"""Ready centres: one to look at, and one of any size to load with."""

from math import ceil

from .centre import Break, Centre, Channel, Exit, Queue, Team
from .curve import FLAT

#: Share of their time that agents of a scaled centre are meant to be busy.
OCCUPANCY = 0.8
#: Queues that one team of a scaled centre serves.
QUEUES_PER_TEAM = 10

#: Channels of a scaled centre's queues, in turn.
_MIX: tuple[Channel, ...] = ("voice", "voice", "chat", "email", "callback")

_DAY = (
    Break("coffee", 120, 10),
    Break("lunch", 300, 30),
    Break("coaching", 420, 15),
    Break("coffee", 540, 10),
)
_NIGHT = (Break("coffee", 180, 15), Break("meal", 360, 40))

_VOICE = (
    Queue(
        name="orders",
        channel="voice",
        peak_per_hour=1150,
        talk_median_ms=22_000,
        acw_mean_ms=5_000,
        hold_share=0.06,
        patience_mean_ms=75_000,
        menu_mean_ms=4_000,
        exit=Exit(reason="overflow", after_ms=20_000, share=0.5, to="delivery"),
        transfer_share=0.03,
        transfer_to="billing",
    ),
    Queue(
        name="delivery",
        channel="voice",
        peak_per_hour=680,
        talk_median_ms=25_000,
        acw_mean_ms=6_000,
        hold_share=0.12,
        patience_mean_ms=100_000,
        menu_mean_ms=5_000,
        exit=Exit(reason="voicemail", after_ms=25_000, share=0.4),
        transfer_share=0.04,
        transfer_to="support",
    ),
    Queue(
        name="billing",
        channel="voice",
        peak_per_hour=420,
        talk_median_ms=32_000,
        acw_mean_ms=10_000,
        hold_share=0.2,
        patience_mean_ms=120_000,
        menu_mean_ms=6_000,
        exit=Exit(reason="callback", after_ms=35_000, share=0.35, to="callbacks"),
        transfer_share=0.06,
        transfer_to="support",
    ),
    Queue(
        name="support",
        channel="voice",
        peak_per_hour=200,
        talk_median_ms=55_000,
        talk_sigma=0.7,
        acw_mean_ms=12_000,
        hold_share=0.3,
        patience_mean_ms=142_000,
        menu_mean_ms=6_000,
        exit=Exit(reason="callback", after_ms=45_000, share=0.4, to="callbacks"),
    ),
    Queue(
        name="vip",
        channel="voice",
        peak_per_hour=110,
        talk_median_ms=38_000,
        acw_mean_ms=8_000,
        hold_share=0.1,
        patience_mean_ms=90_000,
        menu_mean_ms=1_000,
        priority=50,
        transfer_share=0.05,
        transfer_to="support",
    ),
)
_WRITTEN = (
    Queue(
        name="webchat",
        channel="chat",
        peak_per_hour=480,
        talk_median_ms=36_000,
        acw_mean_ms=4_000,
        patience_mean_ms=80_000,
        priority=20,
        exit=Exit(reason="timeout", after_ms=45_000, share=0.7),
        transfer_share=0.04,
        transfer_to="support",
    ),
    Queue(
        name="mail",
        channel="email",
        peak_per_hour=210,
        talk_median_ms=42_000,
        talk_sigma=0.7,
        acw_mean_ms=4_000,
    ),
    Queue(
        name="callbacks",
        channel="callback",
        peak_per_hour=50,
        talk_median_ms=45_000,
        acw_mean_ms=8_000,
        patience_mean_ms=600_000,
        priority=10,
    ),
)

#: A quick-commerce hotline with 60 agents: calls are short, so that about one contact a second
#: keeps the board moving; a rush hits one queue every 40 minutes or so.
DEMO = Centre(
    queues=_VOICE + _WRITTEN,
    teams=(
        Team(
            name="sales",
            agents=21,
            queues=("orders", "delivery", "vip"),
            start_hour=7,
            end_hour=19,
            breaks=_DAY,
        ),
        Team(
            name="service",
            agents=19,
            queues=("billing", "support", "vip", "callbacks", "delivery"),
            start_hour=8,
            end_hour=20,
            breaks=_DAY,
        ),
        Team(name="digital", agents=12, queues=("webchat", "mail"), start_hour=7, end_hour=19, breaks=_DAY),
        Team(
            name="night",
            agents=8,
            queues=tuple(queue.name for queue in _VOICE + _WRITTEN),
            start_hour=19,
            end_hour=8,
            breaks=_NIGHT,
        ),
    ),
    overload_every_ms=40 * 60_000,
)


def scaled(queues: int, contacts_per_second: float) -> Centre:
    """Make a steady centre, staffed with its offered load (arrivals x handle time) over `OCCUPANCY`."""
    made = tuple(_plain(number, contacts_per_second * 3600 / queues) for number in range(queues))
    groups = [made[first : first + QUEUES_PER_TEAM] for first in range(0, queues, QUEUES_PER_TEAM)]
    teams = tuple(_staffed(number, group) for number, group in enumerate(groups))
    return Centre(queues=made, teams=teams, curve=FLAT, overload_every_ms=10 * 60_000)


def _plain(number: int, per_hour: float) -> Queue:
    channel = _MIX[number % len(_MIX)]
    return Queue(
        name=f"queue-{number:04d}",
        channel=channel,
        peak_per_hour=per_hour,
        talk_median_ms=45_000,
        acw_mean_ms=8_000,
        hold_share=0.1,
        patience_mean_ms=None if channel == "email" else 90_000,
        exit=Exit(reason="timeout", after_ms=120_000, share=0.5),
    )


def _staffed(number: int, queues: tuple[Queue, ...]) -> Team:
    load = sum(queue.peak_per_hour / 3_600_000 * queue.handle_mean_ms for queue in queues)
    names = tuple(queue.name for queue in queues)
    return Team(name=f"team-{number:04d}", agents=ceil(load / OCCUPANCY) + 1, queues=names)
