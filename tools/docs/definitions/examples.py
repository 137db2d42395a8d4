"""The worked examples of the measures, by the name of each: a value reckoned by hand, of a story."""

from tools.docs.definitions.entry import Example
from tools.docs.definitions.stories import (
    CALLBACK,
    CHAT,
    ICMI_DAY,
    LOST,
    MORNING,
    SHIFT,
    SILENT,
    SLOTS,
    TEAM,
)

_CALLBACKS = "queues.callbacks.windows.15m"
_RUNG = """
10:05:00 z1 visit.queued queue=webchat channel=chat
10:05:10 z1 offer.made agent=dea team=chats
10:05:30 z1 offer.declined agent=dea team=chats
10:05:31 z1 offer.made agent=eve team=chats
10:05:40 z1 visit.answered agent=eve team=chats
10:06:00 z2 visit.queued queue=webchat channel=chat
10:06:10 z2 offer.made agent=dea team=chats
10:06:20 z2 visit.abandoned
"""
_TEAM = "agents.invoices.windows.15m"
_DESK = "agents.desk.windows.15m"
_CHATS = "agents.chats.windows.15m"
_SILENT_TIME = f"{_TEAM}.state_seconds"
_ASKED, _CHATS_NOW = "10:04:50 m2 message.sent by=customer", "queues.webchat.now"

OF_QUEUES: dict[str, tuple[Example, ...]] = {
    "offered": (Example(11, "12 - 1", MORNING),),
    "answered": (Example(4, "1 + 1 + 1 + 1", MORNING),),
    "answered_in_target": (Example(3, "4 - 1", MORNING),),
    "abandoned": (
        Example(3, "1 + 1 + 1", MORNING),
        Example(4, "3 + 1", MORNING, more="10:09:58 c10 contact.ended"),
    ),
    "short_abandoned": (Example(1, "", MORNING),),
    "left": (Example(2, "1 + 1", MORNING),),
    "handled": (Example(3, "4 - 1", MORNING),),
    "blocked": (Example(1, "", MORNING),),
    "transferred": (Example(1, "", MORNING),),
    "callbacks": (Example(1, "", MORNING),),
    "attempts": (Example(2, "1 + 1", CALLBACK, where=f"{_CALLBACKS}.attempts"),),
    "late_corrections": (
        Example(1, "", MORNING, more="10:05:30 c13 visit.queued queue=billing"),
        Example(
            12,
            "11 + 1",
            MORNING,
            more="10:05:30 c13 visit.queued queue=billing",
            where="queues.billing.windows.15m.offered",
        ),
    ),
    "service_level_ratio": (Example(0.4286, "3 / (3 + 1 + 3)", MORNING),),
    "service_level_counted": (Example(7, "3 + 1 + 3", MORNING),),
    "service_level_low_ratio": (
        Example(
            0.1582,
            "(3/7 + 1.96**2/14 - 1.96 * (3/7 * 4/7 / 7 + 1.96**2/196) ** 0.5) / (1 + 1.96**2/7)",
            MORNING,
        ),
    ),
    "service_level_high_ratio": (
        Example(
            0.7495,
            "(3/7 + 1.96**2/14 + 1.96 * (3/7 * 4/7 / 7 + 1.96**2/196) ** 0.5) / (1 + 1.96**2/7)",
            MORNING,
        ),
    ),
    "enough": (
        Example(value=False, reckoning="7 >= 20", story=MORNING),
        Example(
            value=True,
            reckoning="1060 - 10 >= 20",
            story=ICMI_DAY,
        ),
    ),
    "misses_left": (
        Example(-4, "3 - 7", MORNING),
        Example(25, "860 / 0.8 - (1060 - 10)", ICMI_DAY),
    ),
    "abandoned_ratio": (Example(0.3333, "(3 - 1) / (4 + 3 - 1)", MORNING),),
    "asa_seconds": (Example(19.0, "(4 + 40 + 12 + 20) / 4", MORNING),),
    "wait_p50_seconds": (Example(12.0, "", MORNING, within=0.01),),
    "wait_p90_seconds": (Example(40.0, "", MORNING, within=0.01),),
    "wait_p95_seconds": (Example(40.0, "", MORNING, within=0.01),),
    "aht_seconds": (Example(200.0, "((150 + 30 + 30) + (120 + 20) + (240 + 10)) / 3", MORNING),),
    "talk_seconds": (Example(170.0, "(150 + 120 + 240) / 3", MORNING),),
    "hold_seconds": (Example(10.0, "(30 + 0 + 0) / 3", MORNING),),
    "acw_seconds": (Example(20.0, "(30 + 20 + 10) / 3", MORNING),),
    "promised_wait_seconds": (
        Example(
            250.0,
            "4 * 60 + 10",
            CALLBACK,
            where="queues.callbacks.windows.15m.promised_wait_seconds",
        ),
        Example(
            70.0,
            "(4 * 60 + 10) - 3 * 60",
            CALLBACK,
            where="queues.callbacks.windows.15m.asa_seconds",
        ),
    ),
    "first_response_seconds": (Example(40.0, "(60 + 20) / 2", CHAT),),
    "first_response_p90_seconds": (Example(60.0, "", CHAT, within=0.01),),
    "response_seconds": (Example(43.3333, "(80 + 30 + 20) / 3", CHAT),),
    "response_with_bots_seconds": (Example(33.75, "(5 + 80 + 30 + 20) / 4", CHAT),),
}

OF_STAFF: dict[str, tuple[Example, ...]] = {
    "occupancy_ratio": (
        Example(0.6667, "(6 + 4) / (6 + 4 + 4 + 1)", TEAM, where=f"{_TEAM}.occupancy_ratio"),
        Example(
            0.625,
            "(6 + 4) / (6 + 4 + 4 + 1 + 1)",
            TEAM,
            more="10:09:00 fay agent.state state=available team=orders",
            where="staff.windows.15m.occupancy_ratio",
        ),
    ),
    "occupancy_slot_ratio": (
        Example(0.5, "(4 + 2) / (2 * 6)", SHIFT, where=f"{_CHATS}.occupancy_slot_ratio"),
    ),
    "occupancy_slot_by_channel": (
        Example(0.2, "(4 + 2) / (3 * 10)", SLOTS, where=f"{_DESK}.occupancy_slot_by_channel.chat"),
        Example(0.4, "4 / (1 * 10)", SLOTS, where=f"{_DESK}.occupancy_slot_by_channel.voice"),
        Example(
            0.2308,
            "(4 + 2) / (3 * 8 + 1 * 2)",
            SLOTS,
            more="10:08:00 gia agent.state state=talking team=desk capacity=chat:1,voice:1",
            where=f"{_DESK}.occupancy_slot_by_channel.chat",
        ),
        Example(0.3333, "(4 + 2 + 4) / (3 * 10)", SLOTS, where=f"{_DESK}.occupancy_slot_ratio"),
    ),
    "concurrency_ratio": (Example(1.5, "(4 + 2) / 4", SHIFT, where=f"{_CHATS}.concurrency_ratio"),),
    "utilisation_ratio": (Example(0.5, "(4 + 1) / 10", SHIFT, where=f"{_CHATS}.utilisation_ratio"),),
    "adherence_ratio": (Example(0.8, "(6 + 2) / 10", SHIFT, where=f"{_CHATS}.adherence_ratio"),),
    "conformance_ratio": (Example(0.75, "6 / 8", SHIFT, where=f"{_CHATS}.conformance_ratio"),),
    "offers_made": (Example(3, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_made"),),
    "offers_answered": (Example(1, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_answered"),),
    "offers_declined": (Example(1, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_declined"),),
    "offers_abandoned": (Example(1, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_abandoned"),),
    "offers_lost": (Example(0, "", MORNING, more=_RUNG, where=f"{_CHATS}.offers_lost"),),
    "offers_answered_ratio": (
        Example(0.5, "1 / (3 - 1 - 0)", MORNING, more=_RUNG, where=f"{_CHATS}.offers_answered_ratio"),
    ),
    "state_seconds": (
        Example(540.0, "(5 + 4) * 60", TEAM, where=f"{_SILENT_TIME}.talking"),
        Example(240.0, "600 - 360", SILENT, where=f"{_SILENT_TIME}.unknown"),
    ),
    "not_ready": (
        Example(180.0, "3 * 60", SHIFT, where=f"{_CHATS}.not_ready.break.seconds"),
        Example(60.0, "1 * 60", SHIFT, where=f"{_CHATS}.not_ready.training.seconds"),
    ),
}

OF_NOW: dict[str, tuple[Example, ...]] = {
    "waiting": (Example(2, "1 + 1", MORNING),),
    "waiting_over_target": (Example(1, "", MORNING),),
    "longest_wait_seconds": (Example(40.0, "600 - 560", MORNING),),
    "active": (
        Example(1, "", MORNING),
        Example(0, "1 - 1", MORNING, more="10:09:58 c9 contact.ended"),
    ),
    "longest_talk_seconds": (Example(100.0, "600 - 500", MORNING),),
    "mean_talk_seconds": (
        Example(55.0, "(100 + 10) / 2", MORNING, more="10:09:50 c11 visit.answered agent=ben"),
    ),
    "unanswered": (Example(1, "", CHAT, at="10:05:00", more=_ASKED, where=f"{_CHATS_NOW}.unanswered"),),
    "oldest_unanswered_seconds": (
        Example(
            10.0,
            "60 - 50",
            CHAT,
            at="10:05:00",
            more=_ASKED,
            where=f"{_CHATS_NOW}.oldest_unanswered_seconds",
        ),
    ),
    "scheduled": (
        Example(1, "", CALLBACK, where="queues.callbacks.now.scheduled"),
        Example(
            1,
            "",
            CALLBACK,
            more="10:06:00 k2 contact.ended",
            where="queues.callbacks.now.scheduled",
        ),
    ),
    "stuck": (
        Example(1, "", LOST, at="12:30:00"),
        Example(0, "1 - 1", LOST, at="12:30:00", where="queues.billing.now.waiting"),
    ),
    "reconciliation_difference": (Example(0, "11 - 4 - 3 - 2 - 2", MORNING),),
    "agents": (
        Example(
            1,
            "",
            MORNING,
            more="10:09:55 ana agent.state state=talking queues=billing,orders",
            where="queues.billing.now.agents.talking",
        ),
    ),
    "busy_ratio": (
        Example(
            0.6667,
            "2 / (2 + 1)",
            TEAM,
            more="10:09:30 cid agent.state state=available queues=billing",
            where="all.now.busy_ratio",
        ),
    ),
    "open": (
        Example(value=True, reckoning="", story=MORNING),
        Example(value=True, reckoning="", story=TEAM, where="all.now.open"),
    ),
}
