import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.domain.fact import Fact, fact_of, fact_text
from stream.domain.kinds import Kind

pytestmark = pytest.mark.pure

#: Whatever is text: tabs, NUL and nothing at all. Half a surrogate pair is no text: decoders refuse it.
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["", "\t", "\n", "\0", "/pbx\tid"]
)
FACTS = st.builds(
    Fact,
    at_ms=st.integers(0, 4_102_444_800_000),
    kind=st.sampled_from([int(kind) for kind in Kind]),
    uid=TEXTS,
    number=st.integers(0, 999),
    a=TEXTS,
    b=TEXTS,
    c=TEXTS,
    sequence=TEXTS,
)


@given(FACTS)
def test_every_fact_is_read_back_as_it_was_written(fact: Fact) -> None:
    assert fact_of(fact.uid, fact_text(fact)) == fact


@given(FACTS, FACTS)
def test_so_is_one_that_says_what_another_should_have_said(fact: Fact, other: Fact) -> None:
    told = fact._replace(kind=int(Kind.CONTACT_CORRECTED), a=other.uid, c=fact_text(other))
    read = fact_of(told.uid, fact_text(told))
    assert read == told
    assert fact_of(other.uid, read.c) == other


def test_what_is_not_told_takes_no_room() -> None:
    assert fact_text(Fact(5, int(Kind.CONTACT_ENDED), "/pbx\t1")) == "[5,11,0]"
