"""The six rules of service level, and the presets that match other systems."""

from stream.domain.definition import Definition, ServiceLevelRule
from stream.domain.measures import sources as of
from stream.domain.measures.basis import OF_A_VISIT
from stream.domain.measures.measure import Unit
from stream.domain.preset import FORMULAS, Preset
from tools.docs.definitions.entry import Entry, Example, Group, Layout
from tools.docs.definitions.stories import ICMI_DAY, INVENTED_DAY, MORNING

_TOTALS = "queues.billing.totals.service_level"
_BOOKED = "by the attribution"


def _rule(rule: ServiceLevelRule, *by_hand: tuple[float, str]) -> tuple[Example, ...]:
    """Values of the shared example, of the second day, of the morning."""
    icmi, second, morning = by_hand
    return (
        Example(*icmi, ICMI_DAY, where=f"{_TOTALS}.{rule}"),
        Example(*second, INVENTED_DAY, where=f"{_TOTALS}.{rule}"),
        Example(*morning, MORNING, definition=Definition(rule=rule)),
    )


def _preset(preset: Preset, *by_hand: tuple[float, str]) -> tuple[Example, ...]:
    """Values of the shared example and of the morning."""
    definition = Definition(**FORMULAS[preset]._asdict())
    stories = (ICMI_DAY, MORNING)
    return tuple(
        Example(*values, story, definition=definition) for values, story in zip(by_hand, stories, strict=True)
    )


RULES = Group(
    "Rules",
    "Rules differ only in how abandons count. `A` is answered, `X` abandoned, `w` the wait, `T` the target "
    "and `S` the short-abandon limit. The counts are kept, so a new rule applies to the past too.",
    "queues.billing.windows.15m.service_level_ratio",
    (
        Entry(
            name="count_abandons",
            title="Every abandon is a miss",
            formula="answered in target, over answered and abandoned",
            symbols="A(w ≤ T) / (A + X)",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked=_BOOKED,
            examples=_rule(
                ServiceLevelRule.COUNT_ABANDONS,
                (0.8113, "860 / (1000 + 60)"),
                (0.8, "800 / (940 + 60)"),
                (0.375, "3 / (3 + 2 + 3)"),
            ),
            sources=(of.ICMI, of.GENESYS_LEVEL, of.CISCO_UCCX),
        ),
        Entry(
            name="drop_short",
            title="Short abandons do not count",
            formula="answered in target, over answered and abandoned without short ones",
            symbols="A(w ≤ T) / (A + X - X(w ≤ S))",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked=_BOOKED,
            examples=_rule(
                ServiceLevelRule.DROP_SHORT,
                (0.8190, "860 / (1000 + 60 - 10)"),
                (0.8081, "800 / (940 + 60 - 10)"),
                (0.4286, "3 / (3 + 1 + 3)"),
            ),
            sources=(of.TALKDESK_LEVEL, of.GENESYS_LEVEL),
            note="The default: a customer who hangs up within seconds did not suffer from the queue.",
        ),
        Entry(
            name="drop_in_target",
            title="Abandons within the target do not count",
            formula="answered in target, over answered and those abandoned after it",
            symbols="A(w ≤ T) / (A + X - X(w ≤ T))",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked=_BOOKED,
            examples=_rule(
                ServiceLevelRule.DROP_IN_TARGET,
                (0.8269, "860 / (1000 + 60 - 20)"),
                (0.8205, "800 / (940 + 60 - 25)"),
                (0.5, "3 / (3 + 3)"),
            ),
            sources=(of.ICMI, of.CISCO_UCCX),
        ),
        Entry(
            name="credit_short",
            title="Short abandons count as met",
            formula="answered in target and short abandons, over answered and abandoned",
            symbols="(A(w ≤ T) + X(w ≤ S)) / (A + X)",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked=_BOOKED,
            examples=_rule(
                ServiceLevelRule.CREDIT_SHORT,
                (0.8208, "(860 + 10) / (1000 + 60)"),
                (0.81, "(800 + 10) / (940 + 60)"),
                (0.5, "(3 + 1) / (3 + 2 + 3)"),
            ),
            sources=(of.ICMI,),
        ),
        Entry(
            name="credit_in_target",
            title="Abandons within the target count as met",
            formula="answered or abandoned in target, over answered and abandoned",
            symbols="(A(w ≤ T) + X(w ≤ T)) / (A + X)",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked=_BOOKED,
            examples=_rule(
                ServiceLevelRule.CREDIT_IN_TARGET,
                (0.8302, "(860 + 20) / (1000 + 60)"),
                (0.825, "(800 + 25) / (940 + 60)"),
                (0.625, "(3 + 2) / (3 + 2 + 3)"),
            ),
            sources=(of.ICMI, of.CISCO_UCCX, of.ASTERISK),
            note="Every hang-up in time improves it.",
        ),
        Entry(
            name="answered_only",
            title="Abandons do not count at all",
            formula="answered in target, over answered",
            symbols="A(w ≤ T) / A",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked=_BOOKED,
            examples=_rule(
                ServiceLevelRule.ANSWERED_ONLY,
                (0.86, "860 / 1000"),
                (0.8511, "800 / 940"),
                (0.75, "3 / 4"),
            ),
            sources=(of.ASTERISK, of.WAZO, of.CISCO_UCCX),
            note="It counts at the exit or entry, because nobody knows at the target who will be answered. "
            "A queue in which all abandon has no service level.",
        ),
    ),
    Layout.TABLE,
)


def _is(preset: Preset) -> str:
    fixed = FORMULAS[preset]
    told = [fixed.rule, fixed.attribution, f"flowed_out {fixed.flowed_out}", f"callback {fixed.callback}"]
    return ", ".join(f"`{part}`" for part in told)


PRESETS = Group(
    "Presets",
    "Definitions that other systems publish, to compare two boards. A preset fixes rule, attribution and "
    "policies; you set target and short-abandon limit. Presets match the published formula, not every "
    "detail of the other system, such as its clock, its queue entry and its exclusions.",
    "queues.billing.windows.15m.service_level_ratio",
    (
        Entry(
            name="amazon",
            title="Amazon Connect",
            formula=_is(Preset.AMAZON),
            symbols="(answered, abandoned or called back within T) / all that left",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit",
            examples=_preset(
                Preset.AMAZON, (0.8302, "(860 + 20) / 1060"), (0.6667, "(3 + 2 + 1) / (4 + 3 + 1 + 1)")
            ),
            sources=(of.AMAZON,),
            note="Amazon counts in the interval in which the contact ends, Pantau when the visit leaves the "
            "queue.",
        ),
        Entry(
            name="genesys",
            title="Genesys Cloud",
            formula=_is(Preset.GENESYS),
            symbols="A(w ≤ T) / (A + X)",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit",
            examples=_preset(Preset.GENESYS, (0.8113, "860 / 1060"), (0.4286, "3 / (4 + 3)")),
            sources=(of.GENESYS_LEVEL,),
            note="Genesys has options for flow-outs, short abandons and abandons; this is the formula with "
            "abandons and without flow-outs. Its options also change the past.",
        ),
        Entry(
            name="cisco_negative",
            title="Cisco, abandons negative",
            formula=_is(Preset.CISCO_NEGATIVE),
            symbols="A(w ≤ T) / (all decided)",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked=_BOOKED,
            examples=_preset(Preset.CISCO_NEGATIVE, (0.8113, "860 / 1060"), (0.375, "3 / (3 + 2 + 3)")),
            sources=(of.CISCO_EVENT, of.CISCO_UCCX),
        ),
        Entry(
            name="cisco_ignored",
            title="Cisco, abandons ignored",
            formula=_is(Preset.CISCO_IGNORED),
            symbols="A(w ≤ T) / (all decided - X(w ≤ T))",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked=_BOOKED,
            examples=_preset(Preset.CISCO_IGNORED, (0.8269, "860 / (1060 - 20)"), (0.5, "3 / (3 + 3)")),
            sources=(of.CISCO_EVENT, of.CISCO_UCCX),
        ),
        Entry(
            name="cisco_positive",
            title="Cisco, abandons positive",
            formula=_is(Preset.CISCO_POSITIVE),
            symbols="(A(w ≤ T) + X(w ≤ T)) / (all decided)",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked=_BOOKED,
            examples=_preset(
                Preset.CISCO_POSITIVE, (0.8302, "(860 + 20) / 1060"), (0.625, "(3 + 2) / (3 + 2 + 3)")
            ),
            sources=(of.CISCO_EVENT, of.CISCO_UCCX),
        ),
        Entry(
            name="cisco_handled",
            title="Cisco, only handled",
            formula=_is(Preset.CISCO_HANDLED),
            symbols="A(w ≤ T) / A",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit",
            examples=_preset(Preset.CISCO_HANDLED, (0.86, "860 / 1000"), (0.75, "3 / 4")),
            sources=(of.CISCO_UCCX,),
        ),
        Entry(
            name="talkdesk",
            title="Talkdesk Live",
            formula=_is(Preset.TALKDESK),
            symbols="A(w ≤ T) / (A + X - X(w ≤ S) + flowed out)",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit",
            examples=_preset(Preset.TALKDESK, (0.8190, "860 / (1060 - 10)"), (0.4286, "3 / (4 + 3 - 1 + 1)")),
            sources=(of.TALKDESK_LEVEL,),
            note="With its short-abandon setting on. It also divides by missed contacts and voicemail, so "
            "flowed-out visits are misses; it does not say whether that includes overflow to another queue. "
            "Its older formula counts only answered and missed calls.",
        ),
        Entry(
            name="asterisk",
            title="Asterisk, ServicelevelPerf",
            formula=_is(Preset.ASTERISK),
            symbols="A(w ≤ T) / A",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit",
            examples=_preset(Preset.ASTERISK, (0.86, "860 / 1000"), (0.75, "3 / 4")),
            sources=(of.ASTERISK,),
            note="Asterisk counts an answered call when the talk ends, since its last reset; Pantau at the "
            "answer.",
        ),
        Entry(
            name="asterisk2",
            title="Asterisk, ServicelevelPerf2",
            formula=_is(Preset.ASTERISK2),
            symbols="(A(w ≤ T) + X(w ≤ T)) / (A + X)",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit",
            examples=_preset(Preset.ASTERISK2, (0.8302, "(860 + 20) / 1060"), (0.7143, "(3 + 2) / (4 + 3)")),
            sources=(of.ASTERISK,),
        ),
        Entry(
            name="wazo",
            title="Wazo, quality of service",
            formula=_is(Preset.WAZO),
            symbols="A(w ≤ T) / A",
            needs=OF_A_VISIT,
            unit=Unit.RATIO,
            booked="at the exit",
            examples=_preset(Preset.WAZO, (0.86, "860 / 1000"), (0.75, "3 / 4")),
            sources=(of.WAZO,),
        ),
    ),
    Layout.TABLE,
)
