"""The centre whose weeks are simulated: four phone queues of unlike size, staffed to hold their promise."""

from pathlib import Path
from random import Random

from stream.dev.simulator.centre import Break, Centre, Queue, Team
from stream.dev.simulator.curve import Curve, Hump
from stream.domain.instant import DAY_MS, MINUTE_MS
from stream.settings import Settings, load_settings

HERE = Path(__file__).parent
#: The promise that is shipped, and made here.
TARGET_MS = 20_000
#: Minutes of the day; agents come half an hour before. By night some few call who do not know that.
_OPENS, _CLOSES = 450, 1_230
_CLOSED_LEVEL = 0.002


class _Hours(Curve):
    """A curve of a centre that is closed by night."""

    def level(self, at_ms: float) -> float:
        """See `Curve`."""
        is_open = _OPENS <= at_ms % DAY_MS / MINUTE_MS < _CLOSES
        return super().level(at_ms) if is_open else _CLOSED_LEVEL


_DAY = _Hours(humps=(Hump(630, 115, 1.0), Hump(885, 150, 0.85)), floor=0.0)
_BREAKS = (Break("coffee", 100, 15), Break("lunch", 315, 30))
#: Contacts an hour at the peak, and the median of a talk in seconds.
_QUEUES = {"sales": (120, 190), "partners": (6, 200), "service": (80, 240), "claims": (30, 280)}
_TEAMS = {
    "sales early": (16, ("partners", "sales"), 7, 14),
    "sales late": (13, ("partners", "sales"), 14, 21),
    "service early": (19, ("claims", "service"), 7, 14),
    "service late": (16, ("claims", "service"), 14, 21),
}
#: By so much do the contacts of a week differ from what was planned: a standard deviation, as a share.
_FORECAST_ERROR = 0.05


def settings() -> Settings:
    """The settings of the centre: those that are shipped, and its opening hours."""
    return load_settings(config=HERE / "site.toml")


def centre(seed: int) -> Centre:
    """The centre in a week: as planned, but for what no forecast knows."""
    busy = max(0.8, Random(f"{seed}/week").gauss(1.0, _FORECAST_ERROR))
    return Centre(
        queues=tuple(_queue(name, busy * per_hour, talk) for name, (per_hour, talk) in _QUEUES.items()),
        teams=tuple(_team(name, *what) for name, what in _TEAMS.items()),
        curve=_DAY,
    )


def served(team: str) -> set[str]:
    """The queues that a team serves; all of them where it is no team."""
    return set(_TEAMS[team][1]) if team in _TEAMS else set(_QUEUES)


def _queue(name: str, per_hour: float, talk_seconds: int) -> Queue:
    return Queue(
        name=name,
        channel="voice",
        peak_per_hour=per_hour,
        talk_median_ms=1_000 * talk_seconds,
        talk_sigma=0.6,
        acw_mean_ms=30_000,
        hold_share=0.1,
        patience_mean_ms=180_000,
        menu_mean_ms=8_000,
    )


def _team(name: str, agents: int, queues: tuple[str, ...], start_hour: int, end_hour: int) -> Team:
    return Team(
        name=name, agents=agents, queues=queues, start_hour=start_hour, end_hour=end_hour, breaks=_BREAKS
    )
