"""Agents: their states and KPIs."""

from typing import Annotated

from pydantic import Field

from stream.domain import staffing
from stream.domain.definition import Channel
from stream.domain.measures.measure import Place
from tools.docs.board.window import ByWindow
from tools.docs.values import Closed, Count, Seconds, measured


class Agents(Closed):
    """Agents by state, each counted once."""

    available: Count
    ringing: Count
    talking: Count
    hold: Count
    wrapup: Annotated[Count, Field(description="In after-contact work.")]
    busy_other: Count
    not_ready: Count
    logged_out: Count
    unknown: Annotated[Count, Field(description="Agents whose desktops sent heartbeats and fell silent.")]


class StateSeconds(Closed):
    """Agent seconds by state. Time logged out is not measured."""

    available: Seconds
    ringing: Seconds
    talking: Seconds
    hold: Seconds
    wrapup: Seconds
    busy_other: Seconds
    not_ready: Seconds
    unknown: Annotated[
        Seconds, Field(description="Time since they fell silent, of agents who are unknown now.")
    ]


class NotReady(Closed):
    """Agent seconds not ready for one reason."""

    reason: str
    seconds: Seconds


@measured(
    staffing.Staffing,
    Place.WINDOW,
    shapes={
        "state_seconds": StateSeconds,
        "not_ready": list[NotReady],
        "occupancy_slot_by_channel": dict[Channel, Annotated[float, Field(ge=0)] | None],
    },
)
class Staffing(Closed):
    """KPIs of agents in a window: sums over agents, divided last. Null: nothing to divide by."""


class StaffWindows(ByWindow[Staffing]):
    """Rolling windows by length, and the business day."""


class Staff(Closed):
    """Agents by state now, and their KPIs by window."""

    agents: Agents
    windows: StaffWindows


class Team(Staff):
    """One team of agents."""

    team: str
    display_name: str
    site: str


class Site(Staff):
    """The teams of one site; the name is empty for teams without a site."""

    site: str
