"""Legs: one agent's time with the contact of a visit, from the answer to the end of wrap-up."""

from typing import Final

from stream.domain.fact import Fact
from stream.domain.kinds import Kind

_NEVER: Final = -1


class Leg:
    """One agent's time with a contact, from `connected_ms`. Times are ms; -1 means not known.

    `transfer` says how the contact was passed on, if it was. `began` and `over` are the facts of its start
    and first end. Defaults are class attributes: most legs set few fields, and making one must be cheap.
    """

    agent = team = transfer = ""
    connected_ms = held_since_ms = ended_ms = wrapped_up_ms = _NEVER
    hold_ms = 0
    began: Fact | None = None
    over: Fact | None = None

    @property
    def talks(self) -> bool:
        """Whether the talk lasts, as far as known."""
        return self.connected_ms >= 0 and self.ended_ms < 0 and self.wrapped_up_ms < 0

    @property
    def over_ms(self) -> int:
        """When the talk was over; -1 while it lasts."""
        end_ms = self.ended_ms if self.ended_ms >= 0 else self.wrapped_up_ms
        return max(end_ms, self.connected_ms) if end_ms >= 0 else _NEVER


def connect(leg: Leg, fact: Fact) -> None:
    """Start a leg with the answer in `fact`."""
    leg.agent, leg.connected_ms, leg.team, leg.began = fact.agent, fact.at_ms, fact.team, fact
    leg.hold_ms = 0  # hold cannot start before the answer


def _held(leg: Leg, fact: Fact) -> None:
    if leg.held_since_ms == _NEVER and leg.ended_ms == _NEVER:
        leg.held_since_ms = fact.at_ms


def _resumed(leg: Leg, fact: Fact) -> None:
    _resume(leg, fact.at_ms)


def _resume(leg: Leg, at_ms: int) -> None:
    if leg.held_since_ms != _NEVER:
        leg.hold_ms += max(0, at_ms - max(leg.held_since_ms, leg.connected_ms))
        leg.held_since_ms = _NEVER


def _ended(leg: Leg, fact: Fact) -> None:
    if leg.ended_ms == _NEVER:
        leg.transfer, leg.over = fact.transfer, leg.over or fact
        end_leg(leg, fact.at_ms)


def end_leg(leg: Leg, at_ms: int) -> None:
    """End the talk and any open hold."""
    _resume(leg, at_ms)
    leg.ended_ms = at_ms


def _wrapped_up(leg: Leg, fact: Fact) -> None:
    if leg.wrapped_up_ms == _NEVER:
        leg.wrapped_up_ms, leg.over = fact.at_ms, leg.over or fact


#: The effect of each kind of fact on a leg.
STEPS = {
    int(Kind.LEG_HELD): _held,
    int(Kind.LEG_RESUMED): _resumed,
    int(Kind.LEG_ENDED): _ended,
    int(Kind.LEG_WRAPPED_UP): _wrapped_up,
}
