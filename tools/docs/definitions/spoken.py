"""The code beside a service level, read part by part."""

from typing import NamedTuple

from stream.domain.definition import Attribution, ClockStop, Definition, LeftPolicy, ServiceLevelRule


class Spoken(NamedTuple):
    """A code as it may stand on a board, what makes it, and how to say it."""

    code: str
    definition: Definition
    says: str


#: A definition whose code has every part, and what the parts say.
WHOLE = Definition(
    flowed_out=LeftPolicy.MISS, callback=LeftPolicy.MET_IN_TARGET, clock_stop=ClockStop.ACCEPTED
)
PARTS = {
    "20s": "[Target](#what-a-queue-promises): a wait of at most 20 seconds keeps the promise.",
    "drop_short 5s": "[Rule](#rules): short abandons do not count; short is a wait of at most 5 seconds. "
    "Rules that make no difference of short ones stand without a limit.",
    "flowed_out miss": "[Policy](#policies) for overflow, timeout, transfer, voicemail and closed: misses. "
    "Left out where it is `exclude`.",
    "callback met_in_target": "[Policy](#policies) for callbacks: met if promised within the target. "
    "Left out where it is `exclude`.",
    "clock_stop accepted": "[Clock stop](#clock-stops): a wait ends when an agent accepts. "
    "Left out where it is `connected`.",
    "decided": "[Attribution](#attributions): a visit counts at its exit, or at the target if it waits then.",
}

CODES = (
    Spoken(
        code="SL(20s, drop_short 5s, decided)",
        definition=Definition(),
        says="Within 20 seconds. Who gives up in the first 5 does not count, who waits longer than 20 is a "
        "miss at once.",
    ),
    Spoken(
        code="SL(30s, count_abandons, exited)",
        definition=Definition(30_000, rule=ServiceLevelRule.COUNT_ABANDONS, attribution=Attribution.EXITED),
        says="Within 30 seconds. Everybody who gives up is a miss; a visit counts when it leaves the queue.",
    ),
    Spoken(
        code="SL(20s, answered_only, exited)",
        definition=Definition(rule=ServiceLevelRule.ANSWERED_ONLY),
        says="Within 20 seconds, of the answered only, so they count at their exit.",
    ),
    Spoken(
        code="SL(20s, credit_in_target, flowed_out miss, callback met_in_target, exited)",
        definition=Definition(
            rule=ServiceLevelRule.CREDIT_IN_TARGET,
            attribution=Attribution.EXITED,
            flowed_out=LeftPolicy.MISS,
            callback=LeftPolicy.MET_IN_TARGET,
        ),
        says="Whoever was answered, gave up or was promised a callback within 20 seconds, of all that left: "
        "the preset `amazon`.",
    ),
)
