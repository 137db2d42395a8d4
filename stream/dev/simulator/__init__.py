"""A realistic but invented contact centre: a pure, seeded generator of canonical events.

No clock, no I/O, no shared randomness: the same arguments give the same bytes.
"""

from .centre import Break, Centre, Exit, Queue, Team
from .curve import FLAT, WEEKDAY, Curve, Hump
from .journal import AGENTS, CONTACTS, SimulatedEvent
from .overload import Overload, overloads
from .presets import DEMO, scaled
from .simulation import simulate

__all__ = [
    "AGENTS",
    "CONTACTS",
    "DEMO",
    "FLAT",
    "WEEKDAY",
    "Break",
    "Centre",
    "Curve",
    "Exit",
    "Hump",
    "Overload",
    "Queue",
    "SimulatedEvent",
    "Team",
    "overloads",
    "scaled",
    "simulate",
]
