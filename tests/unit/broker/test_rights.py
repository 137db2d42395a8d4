"""What is told of a right that is missing."""

import logging

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from stream.access import Access, Login
from stream.broker.rights import forbidden, named, require_reading, require_seen, unsaid
from stream.errors import BrokerRefused

pytestmark = pytest.mark.pure

SECURED = Access("kafka-1:9093", Login("audit", "Passw0rd-Canary"))


@pytest.mark.parametrize("told", ["b", {"b"}, frozenset({"b"})])
def test_the_topics_of_a_refusal_are_named_however_they_are_told(told: object) -> None:
    assert named(TopicAuthorizationFailedError(told)) == "b"
    assert named(TopicAuthorizationFailedError(told, "a")) == "a, b"


def test_only_a_topic_that_is_not_seen_is_refused() -> None:
    require_seen(SECURED, {"a"}, {"a", "other"})
    with pytest.raises(BrokerRefused, match="does not let 'audit' see a, b, or does not have it"):
        require_seen(SECURED, {"b", "a", "c"}, {"c"})


def test_a_refusal_says_whom_and_what_to_do_and_no_password() -> None:
    line = str(forbidden(SECURED, "read a"))
    assert line.startswith("Kafka at kafka-1:9093 does not let 'audit' read a;")
    assert "docs/security.md" in line
    assert "Canary" not in line
    assert "does not let us read a" in str(forbidden(Access("kafka-1:9093"), "read a"))


def test_of_what_the_client_says_only_refusals_are_kept_out_and_only_meanwhile(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fetcher = logging.getLogger("aiokafka.consumer.fetcher")
    with unsaid():
        fetcher.warning("Not authorized to read from topic %s.", "a")
        fetcher.warning("Fetch offset %s is out of range", 7)
    fetcher.warning("Not authorized to read from topic %s.", "b")
    assert [record.getMessage() for record in caplog.records] == [
        "Fetch offset 7 is out of range",
        "Not authorized to read from topic b.",
    ]


async def test_where_nobody_is_asked_who_they_are_nothing_is_tried() -> None:
    await require_reading(Access("nowhere.invalid:1"), "pantau", ["a"])
