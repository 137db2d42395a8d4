"""Describes a contact centre: its queues, teams and habits.

Fields carry their unit in the name; shares are ratios from 0 to 1.
"""

from dataclasses import dataclass
from math import exp
from typing import Literal

from .curve import WEEKDAY, Curve

#: A hold lasts this share of the median talk on average.
HOLD_SHARE_OF_TALK = 0.4


#: The channels that a simulated queue may have.
Channel = Literal["voice", "chat", "email", "callback"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How visits flow out: `share` of those that nobody rang after `after_ms`.

    `overflow` queues again at `to`, `callback` promises a call from there, the others end the contact.
    """

    reason: Literal["overflow", "timeout", "voicemail", "callback"]
    after_ms: int
    share: float = 1.0
    to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Where contacts wait. Without `patience_mean_ms` customers never give up, as with mail."""

    name: str
    channel: Channel
    peak_per_hour: float
    talk_median_ms: int
    acw_mean_ms: int
    talk_sigma: float = 0.5
    hold_share: float = 0.0
    patience_mean_ms: int | None = None
    menu_mean_ms: int = 500
    priority: int = 0
    exit: Exit | None = None
    transfer_share: float = 0.0
    transfer_to: str | None = None

    @property
    def handle_mean_ms(self) -> float:
        """Expected talk + hold + ACW; a log-normal's mean is median x exp(sigma^2 / 2)."""
        talk = self.talk_median_ms * exp(self.talk_sigma**2 / 2)
        return talk + self.hold_share * self.talk_median_ms * HOLD_SHARE_OF_TALK + self.acw_mean_ms


@dataclass(frozen=True, slots=True)
class Break:
    """A pause due `after_minutes` into the shift, give or take the team's spread, for `minutes`."""

    reason: str
    after_minutes: int
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Agents who serve the same queues on the same shift, in local hours; start = end is round the clock."""

    name: str
    agents: int
    queues: tuple[str, ...]
    start_hour: int = 0
    end_hour: int = 0
    breaks: tuple[Break, ...] = ()

    @property
    def shift_hours(self) -> int:
        """Length of the shift, over midnight too."""
        return (self.end_hour - self.start_hour) % 24 or 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A whole centre. `overload_every_ms` is the mean gap between rushes on one queue; None means never."""

    queues: tuple[Queue, ...]
    teams: tuple[Team, ...]
    curve: Curve = WEEKDAY
    decline_share: float = 0.02
    overload_every_ms: int | None = None
