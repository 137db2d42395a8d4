"""By which names a port may be asked."""

import pytest

from stream.web.hosts import Hosts

pytestmark = pytest.mark.pure

HOSTS = Hosts(["exporter-1", "Board.Example.org"])


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:9464", "LOCALHOST.", "127.0.0.1", "127.0.0.1:9464", "127.8.9.1:1"),
        *("[::1]", "[::1]:9464", "10.42.0.7:9465", "[fd00::7]:9465", "0.0.0.0:9464"),
        *("exporter-1", "exporter-1:9464", "board.example.org", "BOARD.example.ORG.:443"),
    ],
)
def test_addresses_and_names_that_are_ours_are_accepted(host: str) -> None:
    assert HOSTS.accepts(host)


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "evil.example:9464", "localhost.evil.example", "evil.localhost", "exporter-1.evil"),
        *("127.0.0.1.nip.io", "127.0.0.1.evil.example:9464", "2130706433", "0x7f000001", "127.1", "1"),
        *("", ":9464", "[::1", "[localhost]", "[]", "exporter-1@evil.example", "exporter-1 ", "exporter-2"),
        *("xn--lcalhost-54a", "localhost,evil.example", "evil.example#localhost", "local\u0131host"),
    ],
)
def test_others_are_not(host: str) -> None:
    assert not HOSTS.accepts(host)
