"""Settings: all faults at once, each with its place, its value and what is accepted; and what is in force."""

import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.domain.definition import Definition, ServiceLevelRule
from stream.domain.staffing import Team
from stream.errors import BadSettings
from stream.settings import CHANNELS, FileSettings, Settings, load_settings

pytestmark = pytest.mark.pure


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting comes from the machine that runs the tests."""
    for name in [name for name in os.environ if name.startswith("PANTAU_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return tmp_path / "pantau.toml"


def loaded(path: Path, text: str) -> Settings:
    path.write_text(text)
    return load_settings(config=path)


def faults(path: Path | None = None, text: str = "", **chosen: Any) -> list[str]:
    if path is not None:
        path.write_text(text)
        chosen["config"] = path
    with pytest.raises(BadSettings) as caught:
        load_settings(**chosen)
    return str(caught.value).splitlines()


# Without a word, everything has a default.


def test_the_defaults() -> None:
    settings = load_settings()
    assert settings.kafka == "127.0.0.1:9092"
    assert settings.redis_url == "redis://127.0.0.1:6379/0"
    assert (settings.file.tenant, settings.zone()) == ("default", ZoneInfo("UTC"))
    rules = settings.definitions()
    assert rules.of("any", "voice") == Definition(20_000, 5_000, ServiceLevelRule.DROP_SHORT, 0.8)
    for channel in CHANNELS[1:]:
        assert rules.of("any", channel) == Definition(20_000, 0, ServiceLevelRule.DROP_SHORT, 0.8)
    kept = settings.retention()
    assert (kept.contacts_ms, kept.agents_ms) == (15 * 86_400_000, 50 * 3_600_000)


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, written: Path) -> None:
    written.write_text('tenant = "acme"\ntime_zone = "Asia/Kathmandu"\nmax_queues = 7\n')
    for name, value in {
        "KAFKA": "a:1,b:22",
        "REDIS_URL": "rediss://cache:6380/1",
        "GROUP": "g.1",
        "PARTITIONS": "12",
        "CONFIG": str(written),
        "LINGER_MS": "0",
        "BATCH_RECORDS": "1",
        "SESSION_SECONDS": "6.5",
    }.items():
        monkeypatch.setenv(f"PANTAU_{name}", value)
    settings = load_settings()
    assert (settings.kafka, settings.redis_url, settings.group) == (
        "a:1,b:22",
        "rediss://cache:6380/1",
        "g.1",
    )
    assert (settings.partitions, settings.linger_ms, settings.batch_records) == (12, 0, 1)
    assert settings.session_seconds == 6.5
    assert (settings.file.tenant, settings.zone().key) == ("acme", "Asia/Kathmandu")
    assert settings.file.max_queues == 7


def test_what_is_given_on_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_KAFKA", "a:1")
    assert load_settings(kafka="b:2").kafka == "b:2"
    assert load_settings(kafka=None).kafka == "a:1"


# All faults at once.

FILE_FAULTS = {
    'tenant = "a b"': ("tenant", "'a b'", "pattern"),
    'time_zone = "Jakarta"': ("time_zone", "'Jakarta'", "IANA time zone"),
    "max_queues = 0": ("max_queues", "0", "greater than or equal to 1"),
    "[default]\ntarget_seconds = 0": ("default.target_seconds", "0", "greater than 0"),
    '[default]\ntarget_seconds = "20s"': ("default.target_seconds", "'20s'", "number"),
    "[default]\ngoal_ratio = 80": ("default.goal_ratio", "80", "less than or equal to 1"),
    "[default]\ngoal_ratio = nan": ("default.goal_ratio", "nan", "less than or equal to 1"),
    '[default]\nrule = "drop_all"': ("default.rule", "'drop_all'", "'count_abandons'"),
    "[default]\nalert_min_contacts = 1.5": ("default.alert_min_contacts", "1.5", "integer"),
    "[default]\nshort_abandon_seconds = -1": (
        "default.short_abandon_seconds",
        "-1",
        "greater than or equal to 0",
    ),
    "[channels.fax]\ntarget_seconds = 5": ("channels.fax", "'fax'", "'voice', 'chat'"),
    '[[queues]]\nname = ""': ("queues.0.name", "''", "at least 1"),
    '[[queues]]\nname = "q"\nchannel = "fax"': ("queues.0.channel", "'fax'", "'voice', 'chat'"),
    "[[queues]]\ntarget_seconds = 5": ("queues.0.name", "", "required"),
    "[agents]\nstale_after_seconds = 60": (
        "agents.stale_after_seconds",
        "60",
        "greater than or equal to 120",
    ),
    "[agents]\ngrace_seconds = -1": ("agents.grace_seconds", "-1", "greater than or equal to 0"),
    '[agents]\nproductive_reasons = [""]': ("agents.productive_reasons.0", "''", "at least 1"),
    "[[teams]]\nsite = 'x'": ("teams.0.name", "", "required"),
    "[retention]\ncontact_days = 0": ("retention.contact_days", "0", "greater than or equal to 0.1"),
    "[retention]\nagent_hours = 401": ("retention.agent_hours", "401", "less than or equal to 400"),
}


@pytest.mark.parametrize("text", FILE_FAULTS)
def test_a_fault_in_the_file_names_place_value_and_what_is_accepted(text: str, written: Path) -> None:
    place, value, accepted = FILE_FAULTS[text]
    (fault,) = faults(written, text)
    assert fault.startswith(f"{written}, {place}")
    assert value in fault
    assert accepted in fault


def test_a_team_stands_once(written: Path) -> None:
    (fault,) = faults(written, "[[teams]]\nname = 'a'\n[[teams]]\nname = 'a'\n")
    assert "'a' stands twice" in fault


def test_agents_are_read_by_the_settings(written: Path) -> None:
    written.write_text(
        "[agents]\nstale_after_seconds = 120\ngrace_seconds = 0.5\nproductive_reasons = ['a', 'b']\n"
        "[[teams]]\nname = 'north'\ndisplay_name = 'North'\nsite = 'Bandung'\n"
    )
    rules = load_settings(config=written).staffing()
    assert (rules.stale_after_ms, rules.grace_ms) == (120_000, 500)
    assert rules.productive_reasons == {"a", "b"}
    assert (rules.team("north"), rules.team("south")) == (Team("North", "Bandung"), Team())


ENVIRONMENT_FAULTS = {
    "KAFKA": ("localhost", "host:port"),
    "REDIS_URL": ("http://cache", "redis://"),
    "GROUP": ("a b", "pattern"),
    "PARTITIONS": ("257", "less than or equal to 256"),
    "WORKER_METRICS_PORT": ("65536", "less than or equal to 65535"),
    "SESSION_SECONDS": ("soon", "number"),
    "LINGER_MS": ("-1", "greater than or equal to 0"),
    "BATCH_RECORDS": ("0", "greater than or equal to 1"),
}


@pytest.mark.parametrize("name", ENVIRONMENT_FAULTS)
def test_a_fault_in_the_environment_names_the_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value, accepted = ENVIRONMENT_FAULTS[name]
    monkeypatch.setenv(f"PANTAU_{name}", value)
    (fault,) = faults()
    assert fault.startswith(f"environment PANTAU_{name}: ")
    assert value in fault
    assert accepted in fault


def test_all_faults_are_told_at_once(monkeypatch: pytest.MonkeyPatch, written: Path) -> None:
    written.write_text(
        'tenant = "a b"\nmax_queues = 0\n[default]\ngoal_ratio = 2\n[retention]\nagent_hours = 0\n'
    )
    for name, value in {
        "KAFKA": "nowhere",
        "PARTITIONS": "0",
        "KAFKAS": "x:1",
        "CONFIG": str(written),
    }.items():
        monkeypatch.setenv(f"PANTAU_{name}", value)
    found = faults()
    places = ["PANTAU_KAFKAS:", "PANTAU_KAFKA:", "PANTAU_PARTITIONS:", ", tenant:", ", max_queues:"]
    for place in [*places, ", default.goal_ratio:", ", retention.agent_hours:"]:
        assert len([fault for fault in found if place in fault]) == 1, place
    assert len(found) == 7


def test_a_misspelt_variable_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_REDIS", "redis://x")
    (fault,) = faults()
    assert fault.startswith("environment PANTAU_REDIS: ")
    assert "PANTAU_REDIS_URL" in fault


@pytest.mark.parametrize(
    "text", ["tenants = 1", "[default]\ntarget = 20", '[[queues]]\nname = "q"\nnames = "x"']
)
def test_a_misspelt_key_is_a_fault(text: str, written: Path) -> None:
    (fault,) = faults(written, text)
    assert fault.startswith(f"{written}, ")


def test_a_misspelt_key_is_told_what_is_accepted(written: Path) -> None:
    (fault,) = faults(written, "[default]\ntarget = 20")
    assert "target_seconds" in fault


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"tenant = ", "Invalid"), (b"tenant = '\xff'", "utf-8"), (None, "No such file")],
)
def test_a_file_that_cannot_be_read_is_a_fault(content: bytes | None, why: str, written: Path) -> None:
    if content is not None:
        written.write_bytes(content)
    (fault,) = faults(config=written)
    assert fault.startswith(f"{written}: cannot be read: ")
    assert why in fault
    assert fault.endswith("give a TOML file in UTF-8")


def test_no_fault_shows_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANTAU_REDIS_URL", "http://user:hunter2@cache:6379")
    (fault,) = faults()
    assert "hunter2" not in fault
    assert "cache:6379" in fault


# A visit is decided at the target, so a short abandon cannot be longer.


def test_a_short_abandon_as_long_as_the_target_is_accepted(written: Path) -> None:
    rules = loaded(written, "[default]\ntarget_seconds = 5\nshort_abandon_seconds = 5\n").definitions()
    assert rules.of("any", "voice").short_abandon_ms == 5_000


def test_a_target_below_five_seconds_takes_the_short_abandon_with_it(written: Path) -> None:
    rules = loaded(written, "[default]\ntarget_seconds = 3\n").definitions()
    assert rules.of("any", "voice").short_abandon_ms == 3_000


CHAT = "[channels.chat]\nshort_abandon_seconds = 10\ntarget_seconds = "


@pytest.mark.parametrize(
    "text",
    [
        "[default]\ntarget_seconds = 5\nshort_abandon_seconds = 5.001",
        '[[queues]]\nname = "q"\ntarget_seconds = 5\nshort_abandon_seconds = 6',
        f"{CHAT}5",
        # Each is right by itself, and wrong together.
        '[default]\nshort_abandon_seconds = 10\n[[queues]]\nname = "q"\ntarget_seconds = 5',
        f'{CHAT}60\n[[queues]]\nname = "q"\nchannel = "chat"\ntarget_seconds = 9',
        f'{CHAT}60\n[[queues]]\nname = "q"\ntarget_seconds = 9',
    ],
)
def test_a_short_abandon_above_the_target_is_refused(text: str, written: Path) -> None:
    (fault,) = faults(written, text)
    assert "short_abandon_seconds" in fault
    assert "give at most that" in fault


# What is in force: the queue's own, its channel's, the default's, ours.

LAYERS = """
[default]
target_seconds = 40
goal_ratio = 0.7
wait_limit_seconds = 300

[channels.chat]
target_seconds = 60
rule = "count_abandons"

[[queues]]
name = "billing"
goal_ratio = 0.9
alert_min_contacts = 5
display_name = "Bills"

[[queues]]
name = "help"
channel = "chat"
target_seconds = 10

[[queues]]
name = "help"
short_abandon_seconds = 2
team = "north"
site = "Jakarta"
"""


@pytest.mark.parametrize(
    ("queue", "channel", "expected"),
    [
        ("any", "voice", Definition(40_000, 5_000, ServiceLevelRule.DROP_SHORT, 0.7)),
        ("any", "chat", Definition(60_000, 0, ServiceLevelRule.COUNT_ABANDONS, 0.7)),
        ("any", "email", Definition(40_000, 0, ServiceLevelRule.DROP_SHORT, 0.7)),
        ("billing", "voice", Definition(40_000, 5_000, ServiceLevelRule.DROP_SHORT, 0.9)),
        ("billing", "chat", Definition(60_000, 0, ServiceLevelRule.COUNT_ABANDONS, 0.9)),
        ("help", "voice", Definition(40_000, 2_000, ServiceLevelRule.DROP_SHORT, 0.7)),
        ("help", "chat", Definition(10_000, 0, ServiceLevelRule.COUNT_ABANDONS, 0.7)),
    ],
)
def test_what_is_left_out_comes_from_the_channel_and_then_from_the_default(
    queue: str, channel: str, expected: Definition, written: Path
) -> None:
    settings = loaded(written, LAYERS)
    assert settings.definitions().of(queue, channel) == expected
    assert settings.file.in_force(queue, channel).definition == expected


def test_names_and_limits_are_in_force_too(written: Path) -> None:
    file = loaded(written, LAYERS).file
    billing, help_, other = (file.in_force(queue, "voice") for queue in ("billing", "help", "any"))
    assert (billing.display_name, billing.alert_min_contacts, billing.wait_limit_seconds) == ("Bills", 5, 300)
    assert (help_.team, help_.site, help_.alert_min_contacts) == ("north", "Jakarta", 20)
    assert (other.display_name, other.team, other.site) == ("", "", "")


def test_every_limit_in_the_file_is_an_edge_of_a_wait_band(written: Path) -> None:
    text = '[default]\ntarget_seconds = 17\n[channels.sms]\ntarget_seconds = 3600\n[[queues]]\nname = "q"\n'
    rules = loaded(written, f"{text}target_seconds = 7.25\nshort_abandon_seconds = 1.5\n").definitions()
    assert {17_000, 3_600_000, 7_250, 1_500} <= set(rules.wait_edges_ms)


def test_settings_are_the_same_for_every_process(written: Path) -> None:
    assert loaded(written, LAYERS).definitions() == load_settings(config=written).definitions()
    assert FileSettings() == load_settings().file
