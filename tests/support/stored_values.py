"""Values as stores hold them, with all that text may be; and texts as nobody wrote them."""

import json
from typing import Any

from hypothesis import strategies as st

from stream.domain.agent.schedule import Segment
from stream.domain.agent.state import STATES, AgentLive
from stream.domain.contact.contribution import Live
from stream.domain.definition import CHANNELS
from stream.domain.deltas import SHORT_PANE_MS
from stream.domain.fact import Fact, fact_text
from stream.domain.fold import LONG_PANE_MS, TOTAL, Cell
from stream.domain.kinds import ABOUT_ANOTHER, Kind
from stream.domain.limits import AGENTS, QUEUES, REASONS, TEAMS
from stream.domain.series import agent_series, contact_series, late_series, unanswered_series
from stream.domain.tally import Tally

#: Where text is taken for something else: between fields, in JSON, in patterns of Redis and Lua, in keys.
_ODD = (
    *("", "\t", "\n", "\0", "\r\n", "/pbx\tid", "\t\t", "\u2028", "\u200f", "\ufeff", "\U0001f4de"),
    *('"', "\\", "\\u0000", "%d", "%", "*", "[a]", "?", "{x}", "}", ":", ":e:c", "^", "$", "null", "[1,2]"),
    *("a:v3:names", "c\tc1", "-1\t-1\tc", "é", "e\u0301", "客服"),
)
_INSTANTS = st.integers(0, 4_102_444_800_000)
ENTITIES = ("c\tc1", "a\ta1")
_OF_CONTACTS = [int(kind) for kind in Kind if kind < Kind.AGENT_STATE]
_OF_AGENTS = [int(kind) for kind in Kind if kind >= Kind.AGENT_STATE]


def texts(*, min_size: int = 0, max_size: int = 128, printable: bool = False) -> Any:
    """Any text; half a surrogate pair is none. `printable`: without control characters, as decoders ask."""
    categories = ["Cs", "Cc"] if printable else ["Cs"]
    some = st.text(st.characters(exclude_categories=categories), min_size=min_size, max_size=max_size)
    odd = [t for t in _ODD if len(t) >= min_size and not (printable and any(c < " " for c in t))]
    return (
        some
        | st.sampled_from(odd)
        | st.lists(st.sampled_from(odd), max_size=3)
        .map("".join)
        .filter(lambda text: min_size <= len(text) <= max_size)
    )


def _fact(kind: int, draw: Any, text: Any) -> Fact:
    """A fact of this kind, any text in it that may be any."""
    a, b, c = draw(text), draw(text), draw(text)
    if kind == Kind.VISIT_QUEUED:
        c = draw(st.sampled_from(["", str(draw(_INSTANTS))]))
    elif kind == Kind.VISIT_ANSWERED:
        b = draw(st.sampled_from(["", str(draw(_INSTANTS))]))
    elif kind == Kind.CONTACT_LINKED:
        c = draw(st.sampled_from(["", str(draw(_INSTANTS))]))
    elif kind == Kind.AGENT_STATE:
        c = draw(texts(printable=True))
    elif kind == Kind.SCHEDULE_PUBLISHED:
        low, high = sorted((draw(_INSTANTS), draw(_INSTANTS)))
        a, b, c = str(low), str(high), f"{draw(texts(printable=True))}\t{low} {high} productive"
    elif kind in {Kind.CONTACT_RETRACTED, Kind.AGENT_RETRACTED}:
        c = ""
    elif kind in ABOUT_ANOTHER:
        kinds = _OF_CONTACTS if kind == Kind.CONTACT_CORRECTED else _OF_AGENTS
        other = draw(st.sampled_from([one for one in kinds if one not in ABOUT_ANOTHER]))
        c = fact_text(_fact(other, draw, text))
    return Fact(draw(_INSTANTS), kind, draw(text), draw(st.integers(0, 999)), a, b, c, draw(text))


@st.composite
def contact_facts(draw: Any) -> Fact:
    """A fact of a contact, of any kind."""
    return _fact(draw(st.sampled_from(_OF_CONTACTS)), draw, texts())


@st.composite
def agent_facts(draw: Any) -> Fact:
    """A fact of an agent, of any kind."""
    return _fact(draw(st.sampled_from(_OF_AGENTS)), draw, texts())


_NAMED = texts(min_size=1, max_size=64, printable=True)
_QUEUE_SERIES = st.builds(contact_series, _NAMED, st.sampled_from(CHANNELS))
SERIES = (
    _QUEUE_SERIES
    | _QUEUE_SERIES.map(late_series)
    | _NAMED.map(agent_series)
    | st.just(agent_series(""))
    | st.sampled_from([f"k\t{channel}" for channel in CHANNELS])
    | _NAMED.map(lambda agent: f"g\t{agent}")
)
CELLS = st.builds(
    Cell, pane_ms=st.sampled_from([SHORT_PANE_MS, LONG_PANE_MS]), start_ms=_INSTANTS, series=SERIES
) | st.builds(Cell, pane_ms=st.just(TOTAL), start_ms=st.just(TOTAL), series=SERIES)
TALLIES: st.SearchStrategy[Tally] = st.dictionaries(
    texts(), st.integers(-(1 << 63), (1 << 63) - 1), max_size=6
)
NAMES = st.tuples(st.sampled_from([TEAMS, REASONS, AGENTS]), texts(max_size=64)) | st.tuples(
    st.just(QUEUES), st.tuples(texts(max_size=64), st.sampled_from(CHANNELS)).map("\t".join)
)


def contact_lives() -> Any:
    """All that a contact may be doing."""
    doing = st.builds(
        Live,
        waiting=st.booleans(),
        series=_QUEUE_SERIES | _QUEUE_SERIES.map(unanswered_series),
        since_ms=_INSTANTS,
        team=texts(max_size=64),
    )
    return st.lists(doing, min_size=1, max_size=3).map(tuple)


def agent_lives() -> Any:
    """Any state that an agent may be in."""
    slots = st.lists(st.tuples(st.sampled_from(CHANNELS), st.integers(0, 100)), max_size=2).map(tuple)
    plan = st.builds(Segment, _INSTANTS, _INSTANTS, texts(max_size=20), texts(max_size=64))
    return st.builds(
        AgentLive,
        state=st.sampled_from(STATES),
        since_ms=_INSTANTS,
        team=texts(max_size=64),
        queues=st.lists(texts(max_size=64), max_size=3).map(tuple),
        capacity=st.integers(0, 100),
        reason=texts(max_size=64),
        seen_ms=_INSTANTS,
        schedule=st.lists(plan, max_size=3).map(tuple),
        slots=slots,
    )


#: What a person may have put there: text of any kind, JSON of other shapes, ...
JUNK_TEXT: st.SearchStrategy[str] = (
    texts()
    | st.sampled_from(["{}", "[]", "[[]]", '{"a":1.5}', '{"a":null}', "1", "[1,2]", "-1\t-1\tx"])
    | st.recursive(
        st.none() | st.booleans() | st.integers(-3, 10**20) | st.floats() | texts(max_size=5),
        lambda inner: st.lists(inner, max_size=9) | st.dictionaries(texts(max_size=3), inner, max_size=3),
        max_leaves=12,
    ).map(json.dumps)
    | contact_facts().map(fact_text)
    | agent_facts().map(fact_text)
)
#: ... and bytes that are no text.
JUNK: st.SearchStrategy[str] = JUNK_TEXT | st.sampled_from(["\udcff\udcfe", "a\udc80"])


@st.composite
def damaged(draw: Any, facts: Any) -> str:
    """The text of a fact, one of whose fields holds something else."""
    fact = draw(facts)
    field = draw(st.sampled_from(["a", "b", "c", "sequence"]))
    return fact_text(fact._replace(**{field: draw(JUNK_TEXT)}))
