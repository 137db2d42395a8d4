"""The parts of the code beside a service level."""

from typing import NamedTuple

from stream.domain.definition import Attribution, ClockStop, Definition, LeftPolicy, ServiceLevelRule


class Spoken(NamedTuple):
    """A code, its definition, and its meaning in words."""

    code: str
    definition: Definition
    says: str


#: A definition whose code has every part, and the meanings of the parts.
WHOLE = Definition(
    flowed_out=LeftPolicy.MISS, callback=LeftPolicy.MET_IN_TARGET, clock_stop=ClockStop.ACCEPTED
)
PARTS = {
    "20s": "[Target](#what-a-queue-promises): a wait of at most 20 seconds keeps the promise.",
    "drop_short 5s": "[Rule](#rules): short abandons, with a wait of at most 5 seconds, do not count. "
    "Rules that do not distinguish short abandons have no limit.",
    "flowed_out miss": "[Policy](#policies) for overflow, timeout, transfer, voicemail and closed: misses. "
    "Left out if it is `exclude`.",
    "callback met_in_target": "[Policy](#policies) for callbacks: met if promised within the target. "
    "Left out if it is `exclude`.",
    "clock_stop accepted": "[Clock stop](#clock-stops): a wait ends when an agent accepts. "
    "Left out if it is `connected`.",
    "decided": "[Attribution](#attributions): a visit counts at its exit, or at the target if it still "
    "waits.",
}

CODES = (
    Spoken(
        code="SL(20s, drop_short 5s, decided)",
        definition=Definition(),
        says="Within 20 seconds. Abandons in the first 5 seconds do not count; a wait of more than 20 "
        "seconds is a miss at once.",
    ),
    Spoken(
        code="SL(30s, count_abandons, exited)",
        definition=Definition(30_000, rule=ServiceLevelRule.COUNT_ABANDONS, attribution=Attribution.EXITED),
        says="Within 30 seconds. Every abandon is a miss; a visit counts when it leaves the queue.",
    ),
    Spoken(
        code="SL(20s, answered_only, exited)",
        definition=Definition(rule=ServiceLevelRule.ANSWERED_ONLY),
        says="Within 20 seconds, counting only answered visits, at their exit.",
    ),
    Spoken(
        code="SL(20s, credit_in_target, flowed_out miss, callback met_in_target, exited)",
        definition=Definition(
            rule=ServiceLevelRule.CREDIT_IN_TARGET,
            attribution=Attribution.EXITED,
            flowed_out=LeftPolicy.MISS,
            callback=LeftPolicy.MET_IN_TARGET,
        ),
        says="Visits answered, abandoned or promised a callback within 20 seconds, over all that left: the "
        "preset `amazon`.",
    ),
)
