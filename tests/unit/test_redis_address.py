"""Which servers an address of Redis names: one, several of a cluster, or sentinels and what they watch."""

import pytest

from stream.access import RedisAddress
from stream.settings.accepted import redis_address

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("url", "servers", "service"),
    [
        ("redis://cache:6379/0", ["redis://cache:6379/0"], ""),
        ("rediss://u:p@cache/2?protocol=3", ["rediss://u:p@cache/2?protocol=3"], ""),
        ("unix:///run/redis.sock?db=1", ["unix:///run/redis.sock?db=1"], ""),
        ("redis://a:1,b:2,[::1]:3/0", ["redis://a:1/0", "redis://b:2/0", "redis://[::1]:3/0"], ""),
        ("rediss://u:p@a,b/0", ["rediss://u:p@a/0", "rediss://u:p@b/0"], ""),
        ("redis+sentinel://a,b:2/main", ["redis://a:26379/0", "redis://b:2/0"], "main"),
        ("redis+sentinel://u:p@a:1/my%20main/3", ["redis://u:p@a:1/3"], "my main"),
        ("rediss+sentinel://a:1/main/0?protocol=3", ["rediss://a:1/0?protocol=3"], "main"),
    ],
)
def test_what_an_address_names(url: str, servers: list[str], service: str) -> None:
    assert RedisAddress.of(url) == RedisAddress(tuple(servers), service)
    assert redis_address(url) == url


def test_where_servers_are() -> None:
    assert RedisAddress.of("redis://u:p@a,[::1]:3/0").hosts == [("a", 6379), ("::1", 3)]
    assert RedisAddress.of("unix:///run/redis.sock").hosts == []


@pytest.mark.parametrize(
    "url",
    [
        *(
            "http://cache:6379",
            "redis://",
            "redis://:6379",
            "redis://cache:0",
            "redis://cache:x",
            "cache:6379",
        ),
        *("redis://a:1,,b:2/0", "redis://a:1,/0", "redis://a:99999", "redis://a:1 ,b:2"),
        *("redis+sentinel://a:1", "redis+sentinel://a:1/", "redis+sentinel://a:1//0", "sentinel://a:1/main"),
        *("redis+sentinel://a:1/main/x", "redis+sentinel://a:1/main/123456", "redis+sentinel:///main"),
        *("rediss://a:1?ssl_cert_reqs=none", "redis+sentinel://a/main?sentinel_password=x"),
    ],
)
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(ValueError, match=r"accepted|always verified|is set by"):
        redis_address(url)
