"""Service level and abandon rate, and what a queue promises."""

from dataclasses import replace

from stream.domain.definition import Attribution, ClockStop, Definition, LeftPolicy, Timeline
from stream.domain.measures import levels
from stream.domain.measures import sources as of
from stream.domain.measures.basis import OF_A_VISIT
from stream.domain.measures.measure import Unit
from tools.docs.definitions.entry import Entry, Example, Group, Layout, entries
from tools.docs.definitions.examples import OF_QUEUES
from tools.docs.definitions.stories import MORNING, STRADDLE, TARGETS, WHISPER
from tools.docs.definitions.worked import time_ms

_BOTH = Definition(target_ms=20_000, all_targets_ms=(20_000, 30_000))
_STEP = ((0, _BOTH), (time_ms("10:05:00"), replace(_BOTH, target_ms=30_000)))
_WINDOW = "queues.billing.windows.15m"
_LEVEL = f"{_WINDOW}.service_level_ratio"
_BY_TARGET = "queues.billing.windows.15m.service_level_by_target"
_BY_TARGET_EVER = "queues.billing.totals.service_level_by_target"

LEVELS = Group(
    "Service level and abandon rate",
    "The share of visits that met the promise. Service level has six formulas in use and three attributions: "
    "see [rules](#rules), [attributions](#attributions) and [policies](#policies). The values here use the "
    "default, `SL(20s, drop_short 5s, decided)`.",
    "queues.billing.windows.15m",
    (
        *entries(levels.LEVELS, OF_QUEUES),
        Entry(
            name="service_level_by_target",
            title="Service level by each target",
            formula="the same visits against each target that the queue ever had or reports additionally",
            symbols="",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="by the attribution; in totals at the exit",
            examples=(
                Example(0.0, "0 / 2", TARGETS, where=f"{_BY_TARGET}.20", definition=_STEP),
                Example(1.0, "2 / 2", TARGETS, where=f"{_BY_TARGET}.30", definition=_STEP),
                Example(0.5, "1 / 2", TARGETS, where=_LEVEL, definition=_STEP),
                Example(1.0, "2 / 2", TARGETS, where=f"{_BY_TARGET_EVER}.30", definition=_STEP),
            ),
            sources=(of.OURS_LEVEL, of.GENESYS_LEVEL),
            note="At 20 s, at 30 s, and by the target in force when each visit entered. The first two apply "
            "one target and the current limit to the whole past; the third applies what was promised. It "
            "exists only for queues with several targets or a changed limit.",
        ),
        Entry(
            name="service_level",
            title="Service level by each rule",
            formula="the service level of all visits that left since the beginning, under each of the six "
            "rules, each visit by the definition in force when it began to wait",
            symbols="",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit",
            examples=(
                Example(0.4286, "3 / 7", MORNING, where="queues.billing.totals.service_level.count_abandons"),
                Example(0.75, "3 / 4", MORNING, where="queues.billing.totals.service_level.answered_only"),
            ),
            sources=(of.ICMI, of.CALL_CENTRE_HELPER),
            note="`count_abandons` and `answered_only` of the same morning. Unlike in windows, waiting "
            "visits are in none of them.",
        ),
    ),
)

PROMISES = Group(
    "What a queue promises",
    "Every value has its definition beside it, as a code. Each part comes from the [settings](settings.md), "
    "from the date given there.",
    "queues.billing",
    (
        Entry(
            name="target_seconds",
            title="Target",
            formula="the longest wait that keeps the promise",
            symbols="T",
            needs=(),
            unit=Unit.SECONDS,
            booked="as of now",
            examples=(
                Example(20.0, "", TARGETS, at="10:04:59", definition=_STEP),
                Example(30.0, "", TARGETS, at="10:05:00", definition=_STEP),
            ),
            sources=(of.GENESYS_LEVEL, of.TWILIO),
            note="The target in force now. A visit keeps the target and the limit of its start; "
            "`service_level_by_target` applies the current ones to all visits.",
        ),
        Entry(
            name="short_abandon_seconds",
            title="Short-abandon limit",
            formula="an abandon after at most this wait is not the fault of the queue; 0 disables it",
            symbols="S",
            needs=(),
            unit=Unit.SECONDS,
            booked="as of now",
            examples=(Example(5.0, "", MORNING),),
            sources=(of.TALKDESK_LEVEL,),
            note="With `decided` it is at most the target, because otherwise it would take back a miss.",
        ),
        Entry(
            name="goal_ratio",
            title="Goal",
            formula="the promised service level: 80/20 is a goal of 0.8 within a target of 20 s",
            symbols="",
            needs=(),
            unit=Unit.RATIO,
            booked="as of now",
            examples=(Example(0.8, "", MORNING),),
            sources=(of.GENESYS_LEVEL,),
        ),
        Entry(
            name="definition",
            title="Code",
            formula="SL(target, rule and its limit, policies that differ from `exclude`, attribution)",
            symbols="",
            needs=(),
            unit=Unit.CODE,
            booked="as of now",
            examples=(Example("SL(20s, drop_short 5s, decided)", "", MORNING),),
            sources=(of.OURS_LEVEL,),
            note="See [the parts of the code](#the-code).",
        ),
    ),
    Layout.TABLE,
)


def _by(attribution: Attribution) -> Timeline:
    return tuple((ms, replace(found, attribution=attribution)) for ms, found in _STEP)


def _booked(name: Attribution, value: float, reckoning: str) -> tuple[Example, ...]:
    where = "queues.billing.windows.5m.service_level_ratio"
    return (Example(value, reckoning, STRADDLE, where=where, definition=Definition(attribution=name)),)


def _policy(policy: LeftPolicy, value: float, reckoning: str) -> tuple[Example, ...]:
    definition = Definition(flowed_out=policy, callback=policy)
    return (Example(value, reckoning, MORNING, definition=definition),)


ATTRIBUTIONS = Group(
    "Attributions",
    "When a visit counts. A window has the visits that count in it; the example uses the last five minutes.",
    "queues.billing.windows.5m",
    (
        Entry(
            name=Attribution.DECIDED.value,
            title="When its result against the target is known",
            formula="at the earlier of its exit and queue entry + target",
            symbols="min(exit, q + T)",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit, or at the target",
            examples=_booked(Attribution.DECIDED, 0.5, "2 / 4"),
            sources=(of.CISCO_EVENT,),
            note="b and c met it, d and e passed the target in the window, and a had passed it before. The "
            "board turns red while contacts wait. It does not apply to `answered_only`, which needs the "
            "exit.",
        ),
        Entry(
            name=Attribution.EXITED.value,
            title="When it leaves the queue",
            formula="at its exit",
            symbols="exit",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit",
            examples=(
                *_booked(Attribution.EXITED, 0.6667, "2 / 3"),
                Example(0.5, "1 / 2", TARGETS, where=_LEVEL, definition=_by(Attribution.EXITED)),
            ),
            sources=(of.AMAZON, of.ASTERISK),
            note="a, b and c left in the window. Waiting visits are not in it, so a queue that answers "
            "nobody has no miss. After a change of the target each visit keeps the target of its start.",
        ),
        Entry(
            name=Attribution.OFFERED.value,
            title="When it entered the queue",
            formula="at its queue entry, once it has left",
            symbols="q",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at queue entry",
            examples=(
                *_booked(Attribution.OFFERED, 1.0, "1 / 1"),
                Example(0.5, "1 / 2", TARGETS, where=_LEVEL, definition=_by(Attribution.OFFERED)),
            ),
            sources=(of.GENESYS_OFFERED,),
            note="Of the visits that entered in the window only c has left. It suits days that are over; "
            "the newest minutes look too good.",
        ),
    ),
    Layout.TABLE,
)

POLICIES = Group(
    "Policies",
    "How visits that left otherwise count: `flowed_out` for overflow, timeout, transfer, voicemail and "
    "closed, `callback` for a promised callback. An error is nobody's miss. The example sets both to the "
    "same value. With `decided` they apply to visits that left within the target; later ones are a miss at "
    "the target.",
    "queues.billing.windows.15m.service_level_ratio",
    (
        Entry(
            name=LeftPolicy.EXCLUDE.value,
            title="Not at all",
            formula="in neither part",
            symbols="",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="by the attribution",
            examples=_policy(LeftPolicy.EXCLUDE, 0.4286, "3 / 7"),
            sources=(of.CISCO_EVENT,),
        ),
        Entry(
            name=LeftPolicy.MISS.value,
            title="As misses",
            formula="in the denominator",
            symbols="",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="by the attribution",
            examples=_policy(LeftPolicy.MISS, 0.3333, "3 / (7 + 2)"),
            sources=(of.GENESYS_LEVEL,),
        ),
        Entry(
            name=LeftPolicy.MET_IN_TARGET.value,
            title="As met, if within the target",
            formula="in both parts within the target, in the denominator after it",
            symbols="",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="by the attribution",
            examples=_policy(LeftPolicy.MET_IN_TARGET, 0.5556, "(3 + 2) / (7 + 2)"),
            sources=(of.AMAZON,),
        ),
    ),
    Layout.TABLE,
)


def _stopped(clock_stop: ClockStop, *by_hand: tuple[float, str]) -> tuple[Example, ...]:
    """The mean wait, the service level, the talk."""
    definition = Definition(clock_stop=clock_stop)
    places = (
        ("asa_seconds", Unit.SECONDS),
        ("service_level_ratio", Unit.RATIO),
        ("talk_seconds", Unit.SECONDS),
    )
    return tuple(
        Example(*hand, WHISPER, where=f"{_WINDOW}.{name}", definition=definition, unit=unit)
        for hand, (name, unit) in zip(by_hand, places, strict=True)
    )


CLOCK_STOPS = Group(
    "Clock stops",
    "What ends the wait of an answered visit. The examples are the ASA, the service level within 20 s, and "
    "the talk of v1.",
    f"{_WINDOW}.asa_seconds",
    (
        Entry(
            name=ClockStop.CONNECTED.value,
            title="The connection",
            formula="the customer and the agent are connected: the time of `visit.answered`",
            symbols="w = connected - q",
            needs=("visit.queued", "visit.answered"),
            unit=Unit.SECONDS,
            booked="at the connection",
            examples=_stopped(
                ClockStop.CONNECTED, (18.5, "(25 + 12) / 2"), (0.5, "1 / 2"), (120.0, "2 * 60")
            ),
            sources=(of.AMAZON,),
            note="The default: the wait of the customer, including a whisper to the agent.",
        ),
        Entry(
            name=ClockStop.ACCEPTED.value,
            title="The acceptance",
            formula="the agent accepted: `accepted` of `visit.answered`; the connection if that is missing "
            "or before the queue entry",
            symbols="w = accepted - q",
            needs=("visit.queued", "visit.answered"),
            unit=Unit.SECONDS,
            booked="at the acceptance",
            examples=_stopped(ClockStop.ACCEPTED, (14.0, "(18 + 10) / 2"), (1.0, "2 / 2"), (120.0, "2 * 60")),
            sources=(of.OURS_LEVEL,),
            note="It measures only the queue. The time until the connection is neither wait nor talk. It is "
            "known only at the connection; until then the board counts the visit as waiting.",
        ),
    ),
    Layout.TABLE,
)
