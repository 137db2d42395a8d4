"""Ranks agents by the offers they answered, only if the settings ask for it, because it is personal data.

The lower confidence bound of the ratio decides, so that 2 of 2 does not rank above 190 of 200. Agents with
fewer offers than the minimum are left out. Offers that the customer abandoned, or that another agent took, do
not count.
"""

from dataclasses import dataclass

from stream.board.interval import Interval
from stream.board.model import Model
from stream.domain import fields
from stream.domain.measures.basis import handle_ms
from stream.domain.series import PERSON
from stream.domain.service_level import ratio
from stream.domain.wilson import wilson


@dataclass(frozen=True, slots=True)
class Ranked:
    """One agent in a window. `low_ratio` is the lower bound of `offers_answered_ratio` at 95 %."""

    agent: str
    offers_made: int
    offers_answered: int
    offers_declined: int
    offers_abandoned: int
    offers_lost: int
    offers_answered_ratio: float | None
    low_ratio: float
    handled: int
    aht_seconds: float | None


def ranking(model: Model, window: str, interval: Interval, min_offers: int) -> list[Ranked]:
    """The agents with at least `min_offers` offers in a window, the best first."""
    found = []
    for name, series in model.series.items():
        if name.startswith(PERSON) and name != PERSON:
            tally = model.window(series, window, interval).reading.plain
            made, abandoned = tally.get(fields.MADE, 0), tally.get(fields.IN_VAIN, 0)
            lost = tally.get(fields.LOST, 0)
            own = made - abandoned - lost
            answered, handled = tally.get(fields.TAKEN, 0), tally.get(fields.HANDLED, 0)
            low = wilson(min(answered, made - abandoned), made - abandoned)
            if low is not None and own >= min_offers:
                found.append(
                    Ranked(
                        agent=name.removeprefix(PERSON),
                        offers_made=made,
                        offers_answered=answered,
                        offers_declined=tally.get(fields.DECLINED, 0),
                        offers_abandoned=abandoned,
                        offers_lost=lost,
                        offers_answered_ratio=ratio(answered, own),
                        low_ratio=low[0],
                        handled=handled,
                        aht_seconds=ratio(handle_ms(tally), 1000 * handled),
                    )
                )
    return sorted(found, key=lambda row: (-row.low_ratio, row.agent))
