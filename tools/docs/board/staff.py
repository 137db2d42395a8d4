"""Agents: in which state they are, and what they did."""

from typing import Annotated

from pydantic import Field

from stream.domain.definition import Channel
from tools.docs.board.window import ByWindow
from tools.docs.values import Closed, Count, Ratio, Seconds


class Agents(Closed):
    """Agents by state, each agent once."""

    available: Count
    ringing: Count
    talking: Count
    hold: Count
    wrapup: Annotated[Count, Field(description="In after-contact work.")]
    busy_other: Count
    not_ready: Count
    logged_out: Count
    unknown: Annotated[Count, Field(description="Their desktops sent heartbeats and fell silent.")]


class StateSeconds(Closed):
    """Agent seconds by state. Time logged out is not measured."""

    available: Seconds
    ringing: Seconds
    talking: Seconds
    hold: Seconds
    wrapup: Seconds
    busy_other: Seconds
    not_ready: Seconds
    unknown: Annotated[Seconds, Field(description="Of agents who are unknown now, since they fell silent.")]


class NotReady(Closed):
    """Agent seconds not ready for one reason."""

    reason: str
    seconds: Seconds


class Staffing(Closed):
    """What agents did in a window: sums over agents, divided last. Null is nothing to divide by."""

    occupancy_ratio: Annotated[
        Ratio | None, Field(description="Talking, hold and wrapup over those and available.")
    ]
    occupancy_slot_ratio: Annotated[
        Annotated[float, Field(ge=0)] | None,
        Field(description="Time of legs in talk or hold over the capacity of agents who served or could."),
    ]
    occupancy_slot_by_channel: Annotated[
        dict[Channel, Annotated[float, Field(ge=0)] | None],
        Field(description="The same in each channel for which agents told their capacity; else empty."),
    ]
    concurrency_ratio: Annotated[
        Annotated[float, Field(ge=0)] | None,
        Field(description="Legs in talk or hold at once, per agent talking or holding."),
    ]
    utilisation_ratio: Annotated[
        Ratio | None, Field(description="Talking, hold, wrapup and productive reasons over time logged in.")
    ]
    adherence_ratio: Annotated[
        Ratio | None, Field(description="In a state that the schedule asks for, over all that is scheduled.")
    ]
    conformance_ratio: Annotated[
        Annotated[float, Field(ge=0)] | None,
        Field(description="Productive over scheduled as productive; above 1 for who worked more."),
    ]
    offers_made: Annotated[Count, Field(description="Offers of contacts to agents of the team.")]
    offers_answered: Count
    offers_declined: Annotated[Count, Field(description="Not taken: rung out or refused.")]
    offers_abandoned: Annotated[Count, Field(description="The customer abandoned while it rang.")]
    offers_lost: Annotated[Count, Field(description="Another agent answered while it rang.")]
    offers_answered_ratio: Annotated[
        Annotated[float, Field(ge=0)] | None,
        Field(description="Answered over made, without those abandoned or lost to another agent."),
    ]
    state_seconds: StateSeconds
    not_ready: Annotated[
        list[NotReady],
        Field(
            description="By reason, the longest first, at most 32; then `other`, and `unspecified` for none."
        ),
    ]


class StaffWindows(ByWindow[Staffing]):
    """Rolling windows by length, and the business day."""


class Staff(Closed):
    """Agents by state now, and what they did."""

    agents: Agents
    windows: StaffWindows


class Team(Staff):
    """One team of agents."""

    team: str
    display_name: str
    site: str


class Site(Staff):
    """The teams of one site; an empty name for those of none."""

    site: str
