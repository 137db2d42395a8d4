"""The same visits under every rule and preset: what a number would be in other systems."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from stream.domain.contact.outcome import counts_of, read_by, standing
from stream.domain.contact.visit import Visit
from stream.domain.definition import Attribution, Definition, Definitions, ServiceLevelRule
from stream.domain.preset import FORMULAS
from stream.domain.service_level import Counts, Share, service_level
from stream.domain.wilson import wilson
from stream.explain.history import PaneRange


class RuleRow(NamedTuple):
    """One way to count; `name` is a preset if `preset` is true, else a rule."""

    name: str
    preset: bool
    code: str
    share: Share
    in_force: bool

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The 95 % confidence bounds of the ratio."""
        return wilson(*self.share)


def comparison(
    found: Iterable[Visit], definition: Definition, definitions: Definitions, span: PaneRange, now_ms: int
) -> list[RuleRow]:
    """The visits of a queue in a window under each rule, by decision and by exit, and under each preset.

    `definition` is in force. Its target and limit apply to all rows, its policies to all but the presets.
    """
    by = counts_by(list(found), definition, definitions, span, now_ms)
    ways = [(rule.value, False, d) for rule in ServiceLevelRule for d in _timings(definition, rule)]
    ways += [(p.value, True, replace(definition, **f._asdict())) for p, f in FORMULAS.items()]
    return [
        RuleRow(name, preset, way.code, service_level(by[way.booked], way), way.code == definition.code)
        for name, preset, way in ways
    ]


def counts_by(
    found: list[Visit], definition: Definition, definitions: Definitions, span: PaneRange, now_ms: int
) -> dict[Attribution, Counts]:
    """The visits that count in a window, by attribution."""
    counts = {}
    for attribution in Attribution:
        # The rule must not be `answered_only`, which never counts visits when decided.
        way = replace(definition, attribution=attribution, rule=ServiceLevelRule.COUNT_ABANDONS)
        stands = (standing(visit, read_by(visit, way, definitions), now_ms) for visit in found)
        counts[attribution] = counts_of(s.name for s in stands if span.has(s.at_ms))
    return counts


def _timings(definition: Definition, rule: ServiceLevelRule) -> list[Definition]:
    """A rule under every attribution in use here, each once."""
    ways = [Attribution.DECIDED, Attribution.EXITED]
    if definition.booked is Attribution.OFFERED:
        ways.append(Attribution.OFFERED)
    every = (replace(definition, rule=rule, attribution=attribution) for attribution in ways)
    return list({way.code: way for way in every}.values())
