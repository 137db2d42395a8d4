"""What SQL makes of agents and of messages, by hand: stories of ten minutes, told in one log."""

from collections.abc import Iterator, Sequence

import pytest
from support import factories
from support.audited import LOG, plain_terms, taken, written
from support.factories import ms

from stream.audit.recomputation import Audit, FigureKey
from stream.domain.fact import Event, Fact
from stream.domain.kinds import Kind

pytestmark = pytest.mark.pure

TEN_MINUTES = 600
CHANNEL = ("webchat", "chat")
BEAT = factories.heartbeat(30).uid.partition("\t")[2]
Figures = dict[FigureKey, float | None]


def agent(
    team: str, name: str, *steps: tuple[float, str], reason: str = "", capacity: int = 1
) -> list[Event]:
    facts = [
        factories.state(at, state, team=team, reason=reason, capacity=capacity, queues=("billing", "sales"))
        for at, state in steps
    ]
    return factories.of(f"{team}-{name}", *facts)


def wrote(at: float, by: str) -> Fact:
    return factories.fact(Kind.MESSAGE_SENT, at, text=("", by))


def leg(name: str, team: str, at: float, *rest: Fact) -> list[Event]:
    return factories.of(name, factories.queued(at), factories.answered(at, team=team), *rest)


#: One is always busy, the other has been available for five minutes: not the mean of 100 % and 0 %.
OCCUPIED = [
    *agent("occupied", "a", (0, "talking"), (200, "hold"), (300, "wrapup")),
    *agent("occupied", "b", (300, "available")),
    *agent("occupied", "c", (0, "ringing"), (100, "busy_other")),
    *agent("occupied", "d", (0, "not_ready"), reason="training"),
    *agent("occupied", "e", (0, "not_ready"), (100, "logged_out"), reason="lunch"),
]
#: Three chats at most: one for ten minutes, a second for the last five.
CHATS = [
    *agent("chats", "a", (0, "talking"), capacity=3),
    *leg("h1", "chats", 0),
    *leg("h2", "chats", 200, factories.ended(500)),
    *leg("h3", "", 0),
]
#: One call or three chats, from 480 on one chat; nobody could have had a letter.
DESK = [
    *factories.of(
        "gia",
        factories.state(0, "talking", team="desk", slots={"chat": 3, "email": 0, "voice": 1}),
        factories.state(480, "talking", team="desk", slots={"chat": 1, "voice": 1}),
    ),
    *factories.of("s1", factories.queued(110, *CHANNEL), factories.answered(120, team="desk")),
    *factories.of("s1", factories.ended(360)),
    *factories.of("s2", factories.queued(230, *CHANNEL), factories.answered(240, team="desk")),
    *factories.of("s2", factories.ended(360)),
    *leg("s3", "desk", 360),
]
#: Work until 300, a break until 480, work; the grace of a minute after each edge.
PLANNED = [
    *agent("planned", "a", (0, "available"), (360, "not_ready")),
    *factories.of(
        "planned-a",
        factories.schedule(0, 600, (0, 600, "productive"), at=-20),
        factories.schedule(300, 480, (300, 480, "not_productive"), at=-10),
        factories.schedule(300, 480, (300, 480, "productive"), at=-15),
    ),
]
#: Two publications that meet and say the same: between them is no edge, and no grace.
JOINED = [
    *agent("joined", "a", (0, "available"), (200, "not_ready")),
    *factories.of(
        "joined-a",
        factories.schedule(0, 300, (0, 300, "productive"), at=-20),
        factories.schedule(300, 600, (300, 600, "productive"), at=-10),
    ),
]
#: Of two shifts of one publication the one that is named last counts.
LAYERED = [
    *agent("layered", "a", (0, "available")),
    *factories.of(
        "layered-a",
        factories.schedule(0, 600, (0, 600, "productive"), (100, 200, "not_productive"), uid="layers"),
    ),
]
#: Heard of in the first minute, and not since.
SILENT = [*agent("silent", "a", (0, "available")), *factories.of("silent-a", factories.heartbeat(30))]
#: As silent: a heartbeat that came is not taken back, and none is made of what was corrected to one.
HEARD = [
    *agent("heard", "a", (0, "available")),
    *factories.of("heard-a", factories.heartbeat(30), factories.state_retracted(BEAT, 400)),
    *agent("heard", "b", (0, "available")),
    *factories.of("heard-b", factories.heartbeat(30)),
    *factories.of("heard-b", factories.state_corrected("slip", factories.heartbeat(500), 510)),
]
#: A heartbeat from before the login says nothing of it.
ANEW = [
    *agent("anew", "a", (-900, "available"), (-600, "logged_out"), (0, "available")),
    *factories.of("anew-a", factories.heartbeat(-900)),
]
MENDED = factories.of(
    "mended-a",
    factories.state(0, "talking", team="mended"),
    factories.state(100, "not_ready", team="mended", uid="never"),
    factories.state(200, "available", team="mended", uid="later"),
    factories.state_retracted("never", 400),
    factories.state_corrected("later", factories.state(300, "available", team="mended"), 400),
)
IDLE = agent("idle", "a", (-7200, "available"))
RUNG = [
    *factories.of(
        "r1", factories.queued(0), factories.offered(10, team="rung"), factories.declined(30, team="rung")
    ),
    *factories.of("r1", factories.offered(31, team="rung"), factories.answered(40, team="rung")),
    *factories.of("r2", factories.queued(60), factories.offered(70, team="rung"), factories.abandoned(80)),
    *factories.of("r3", factories.queued(60), factories.answered(80, team="rung")),
]
WRITTEN = [
    *factories.of(
        "m1", factories.contact_started(0), wrote(0, "customer"), wrote(5, "bot"), wrote(40, "customer")
    ),
    *factories.of("m1", factories.queued(60, *CHANNEL), factories.answered(90), wrote(120, "agent")),
    *factories.of("m1", wrote(180, "customer"), wrote(200, "customer"), wrote(210, "agent")),
    *factories.of("m2", factories.queued(240, *CHANNEL), wrote(240, "customer"), wrote(260, "agent")),
    *factories.of("m2", wrote(500, "customer")),
]
#: Given up, and opened again by the customer: all clocks begin anew.
REOPENED = factories.of(
    "m3",
    *(factories.queued(0, "letters", "email"), wrote(0, "customer"), factories.abandoned(100)),
    *(wrote(300, "customer"), wrote(330, "bot"), wrote(400, "agent"), factories.contact_ended(450)),
    wrote(460, "agent"),
)
LOGGED = [
    *OCCUPIED,
    *CHATS,
    *DESK,
    *PLANNED,
    *JOINED,
    *LAYERED,
    *SILENT,
    *HEARD,
    *ANEW,
    *MENDED,
    *IDLE,
    *RUNG,
    *WRITTEN,
    *REOPENED,
]


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Figures]:
    terms = plain_terms(contacts_ms=1 << 50, agents_ms=1 << 50)
    terms.rows["productive_reason"] = [("training",)]
    terms.rows["team"] = [("occupied", "", "Bandung"), ("mended", "", "Bandung")]
    with Audit(tmp_path_factory.mktemp("audit") / "db") as audit:
        taken(audit, written(LOGGED))
        audit.recompute(terms, now_ms=ms(TEN_MINUTES), positions={LOG: len(LOGGED)})
        yield dict(audit.figures())


def told(
    figures: Figures, team: str, *names: str, scope: str = "team", window: str = "15m"
) -> list[float | None]:
    return [figures[FigureKey(scope, team, "", window, name)] for name in names]


@pytest.mark.parametrize(
    ("team", "names", "values"),
    [
        ("occupied", ["occupancy_ratio"], [600 / (600 + 300)]),
        ("occupied", ["utilisation_ratio"], [(600 + 600) / (600 + 300 + 600 + 600 + 100)]),
        (
            "occupied",
            ["state_seconds.talking", "state_seconds.hold", "state_seconds.wrapup"],
            [200, 100, 300],
        ),
        ("occupied", ["state_seconds.not_ready", "not_ready.training", "not_ready.lunch"], [700, 600, 100]),
        ("occupied", ["occupancy_slot_ratio", "concurrency_ratio"], [None, None]),
        ("chats", ["occupancy_ratio"], [1.0]),
        ("chats", ["occupancy_slot_ratio", "concurrency_ratio"], [900 / 1800, 900 / 600]),
        ("desk", ["occupancy_slot_ratio"], [(240 + 120 + 240) / (3 * 480 + 120)]),
        ("desk", ["occupancy_slot_by_channel.chat"], [(240 + 120) / (3 * 480 + 120)]),
        ("desk", ["occupancy_slot_by_channel.voice"], [240 / 600]),
        ("planned", ["adherence_ratio"], [(300 + 60 + 120 + 60) / 600]),
        ("planned", ["conformance_ratio"], [360 / (300 + 120)]),
        ("joined", ["adherence_ratio", "conformance_ratio"], [200 / 600, 200 / 600]),
        ("layered", ["adherence_ratio", "conformance_ratio"], [(600 - 100 + 60) / 600, 600 / 500]),
        ("silent", ["state_seconds.available", "state_seconds.unknown"], [360, 240]),
        ("heard", ["state_seconds.available", "state_seconds.unknown"], [2 * 360, 2 * 240]),
        ("anew", ["state_seconds.available", "state_seconds.unknown"], [600 + 0, 0]),
        (
            "mended",
            ["state_seconds.talking", "state_seconds.not_ready", "state_seconds.available"],
            [300, 0, 300],
        ),
        ("idle", ["state_seconds.available", "adherence_ratio"], [900, None]),
        ("rung", ["offers_made", "offers_answered", "offers_declined", "offers_abandoned"], [3, 1, 1, 1]),
        ("rung", ["offers_answered_ratio"], [1 / (3 - 1)]),
    ],
)
def test_a_team(figures: Figures, team: str, names: Sequence[str], values: Sequence[float | None]) -> None:
    assert told(figures, team, *names) == values


def test_a_channel_that_nobody_could_serve_or_told_is_left_out(figures: Figures) -> None:
    teams = {(place.queue, place.name) for place in figures if place.scope == "team"}
    assert {(team, name) for team, name in teams if name.startswith("occupancy_slot_by_channel")} == {
        ("desk", "occupancy_slot_by_channel.chat"),
        ("desk", "occupancy_slot_by_channel.voice"),
    }


@pytest.mark.parametrize(
    ("window", "seconds"),
    [
        ("1m", 60),
        ("5m", 300),
        ("60m", 3600),
        ("today", 7800),
        ("interval_15m", 600),
        ("interval_15m_last", 900),
    ],
)
def test_a_state_is_cut_at_the_edges_of_the_window(figures: Figures, window: str, seconds: int) -> None:
    assert told(figures, "idle", "state_seconds.available", window=window) == [seconds]


def test_a_site_and_all_are_sums_of_teams_divided_last(figures: Figures) -> None:
    assert told(figures, "Bandung", "occupancy_ratio", scope="site") == [
        (600 + 300) / (600 + 300 + 300 + 300)
    ]
    assert told(figures, "", "state_seconds.unknown", scope="staff") == [240 + 480]


def test_agents_are_counted_by_the_state_they_are_in_now(figures: Figures) -> None:
    assert told(figures, "silent", "agents.available", "agents.unknown", window="now") == [0, 1]
    assert told(figures, "occupied", "agents.logged_out", "agents.busy_other", window="now") == [1, 1]
    assert told(figures, "", "agents.available", "agents.unknown", scope="staff", window="now") == [5, 3]


def test_who_serves_a_queue_is_counted_there_and_the_share_at_work_is_of_the_staffed(
    figures: Figures,
) -> None:
    # At work: wrapup and the chat; staffed besides: four available, and one busy otherwise.
    names = ["agents.wrapup", "agents.available", "agents.unknown", "busy_ratio"]
    assert [figures[FigureKey("queue", "billing", "voice", "now", name)] for name in names] == [
        1,
        4,
        3,
        2 / (2 + 4 + 1),
    ]
    assert figures[FigureKey("queue", "webchat", "chat", "now", "busy_ratio")] is None
    assert figures[FigureKey("all", "", "", "now", "busy_ratio")] == 3 / (3 + 5 + 1)  # with two of no queue


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("first_response_seconds", (60 + 20) / 2),
        ("first_response_p90_seconds", 60.16),  # the middle of the bucket of 60 s
        ("response_seconds", (80 + 30 + 20) / 3),
        ("response_with_bots_seconds", (5 + 80 + 30 + 20) / 4),
    ],
)
def test_replies(figures: Figures, name: str, value: float) -> None:
    assert figures[FigureKey("queue", *CHANNEL, "15m", name)] == value


def test_who_waits_for_a_reply(figures: Figures) -> None:
    names = ["unanswered", "oldest_unanswered_seconds"]
    assert [figures[FigureKey("queue", *CHANNEL, "now", name)] for name in names] == [1, 100]
    assert [figures[FigureKey("queue", "letters", "email", "now", name)] for name in names] == [0, None]
    assert [figures[FigureKey("all", "", "", "now", name)] for name in names] == [1, 100]


def test_a_contact_that_is_over_is_reopened_and_its_clocks_begin_anew(figures: Figures) -> None:
    letters = ("queue", "letters", "email", "15m")
    assert figures[FigureKey(*letters, "first_response_seconds")] == 400 - 300
    assert (
        figures[FigureKey(*letters, "response_seconds")] is None
    )  # a bot had answered, and nobody was handed to
    assert figures[FigureKey(*letters, "response_with_bots_seconds")] == 330 - 300
