"""Service-level formulas of other systems, by name.

A preset fixes the rule, the attribution and the policies; the target and the short-abandon limit stay those
of the queue. docs/definitions.md has the sources and a shared example (1,000 answered, 860 in target, 60
abandoned, 20 in target, 10 short).
"""

from enum import StrEnum
from typing import NamedTuple

from stream.domain.definition import Attribution, LeftPolicy, ServiceLevelRule

_EXITED, _DECIDED = Attribution.EXITED, Attribution.DECIDED
_EXCLUDE, _MISS, _MET = LeftPolicy.EXCLUDE, LeftPolicy.MISS, LeftPolicy.MET_IN_TARGET


class Preset(StrEnum):
    """A system whose service level Pantau can match."""

    AMAZON = "amazon"
    GENESYS = "genesys"
    CISCO_NEGATIVE = "cisco_negative"
    CISCO_IGNORED = "cisco_ignored"
    CISCO_POSITIVE = "cisco_positive"
    CISCO_HANDLED = "cisco_handled"
    TALKDESK = "talkdesk"
    ASTERISK = "asterisk"
    ASTERISK2 = "asterisk2"
    WAZO = "wazo"


class Formula(NamedTuple):
    """What a preset fixes."""

    rule: ServiceLevelRule
    attribution: Attribution
    flowed_out: LeftPolicy = _EXCLUDE
    callback: LeftPolicy = _EXCLUDE


FORMULAS: dict[Preset, Formula] = {
    Preset.AMAZON: Formula(ServiceLevelRule.CREDIT_IN_TARGET, _EXITED, _MISS, _MET),
    Preset.GENESYS: Formula(ServiceLevelRule.COUNT_ABANDONS, _EXITED),
    Preset.CISCO_NEGATIVE: Formula(ServiceLevelRule.COUNT_ABANDONS, _DECIDED),
    Preset.CISCO_IGNORED: Formula(ServiceLevelRule.DROP_IN_TARGET, _DECIDED),
    Preset.CISCO_POSITIVE: Formula(ServiceLevelRule.CREDIT_IN_TARGET, _DECIDED),
    Preset.CISCO_HANDLED: Formula(ServiceLevelRule.ANSWERED_ONLY, _EXITED),
    Preset.TALKDESK: Formula(ServiceLevelRule.DROP_SHORT, _EXITED, _MISS),
    Preset.ASTERISK: Formula(ServiceLevelRule.ANSWERED_ONLY, _EXITED),
    Preset.ASTERISK2: Formula(ServiceLevelRule.CREDIT_IN_TARGET, _EXITED),
    Preset.WAZO: Formula(ServiceLevelRule.ANSWERED_ONLY, _EXITED),
}
