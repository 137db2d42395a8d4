"""Settings: all faults at once, each with its place, its value and what is accepted; and what is in force."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stream.domain.civil import Clock
from stream.domain.definition import CHANNELS, Definition, ServiceLevelRule
from stream.domain.instant import instant_ms
from stream.domain.staffing import Team
from stream.domain.status import Tolerance
from stream.domain.timetable import Timetable, Worktime
from stream.errors import BadSettings
from stream.settings import AlertLimits, FileSettings, Settings, load_settings

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
    assert settings.file.tenant == "default"
    assert settings.timetable() == Timetable(Worktime(Clock(ZoneInfo("UTC"))))
    rules = settings.definitions()
    assert rules.of("any", "voice", 0) == Definition(20_000, 5_000, ServiceLevelRule.DROP_SHORT, 0.8)
    for channel in CHANNELS[1:]:
        assert rules.of("any", channel, 0) == Definition(20_000, 0, ServiceLevelRule.DROP_SHORT, 0.8)
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
    assert settings.file.tenant == "acme"
    assert settings.timetable().centre.clock == Clock(ZoneInfo("Asia/Kathmandu"))
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
    "[default]\nlow_points = -1": ("default.low_points", "-1", "greater than or equal to 0"),
    "[default]\nslow_points = 101": ("default.slow_points", "101", "less than or equal to 100"),
    "[default]\nabandoned_limit_ratio = 15": (
        "default.abandoned_limit_ratio",
        "15",
        "less than or equal to 1",
    ),
    "[default]\nlate_limit_ratio = 0": ("default.late_limit_ratio", "0", "greater than 0"),
    "[default]\nmissed_limit = 0": ("default.missed_limit", "0", "greater than or equal to 1"),
    '[alerts]\nnotifier = "both"': ("alerts.notifier", "'both'", "'prometheus' or 'grafana'"),
    '[alerts]\ngrafana_url = "grafana/"': ("alerts.grafana_url", "'grafana/'", "https://grafana.example"),
    "[alerts]\noccupancy_limit_ratio = 90": ("alerts.occupancy_limit_ratio", "90", "less than or equal to 1"),
    '[[alerts.receivers]]\nname = "on call"': ("alerts.receivers.0.name", "'on call'", "pattern"),
    '[[alerts.receivers]]\nname = "a"\nkind = "fax"': (
        "alerts.receivers.0.kind",
        "'fax'",
        "'email', 'slack'",
    ),
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
    'day_start = "6:00"': ("day_start", "'6:00'", "HH:MM"),
    'day_start = "24:00"': ("day_start", "'24:00'", "from 00:00 to 23:59"),
    '[[queues]]\nname = "q"\ntime_zone = "Mars"': ("queues.0.time_zone", "'Mars'", "IANA time zone"),
    '[[queues]]\nname = "q"\nday_start = "noon"': ("queues.0.day_start", "'noon'", "HH:MM"),
    '[calendars.c]\nmon = ["8-17"]': ("calendars.c.mon.0", "'8-17'", "HH:MM-HH:MM from 00:00 to 24:00"),
    '[calendars.c]\nmon = ["08:00-08:00"]': ("calendars.c.mon.0", "'08:00-08:00'", "00:00-24:00"),
    '[calendars.c]\nmon = "08:00-17:00"': ("calendars.c.mon", "'08:00-17:00'", "valid list"),
    '[calendars.c]\ntime_zone = "Mars"': ("calendars.c.time_zone", "'Mars'", "IANA time zone"),
    '[calendars.c]\nholidays = ["25.12.2026"]': ("calendars.c.holidays.0", "'25.12.2026'", "2026-12-25"),
    '[calendars.c]\nholidays = ["2026-02-30"]': ("calendars.c.holidays.0", "'2026-02-30'", "2026-12-25"),
    "[calendars.c]\nholidays = [20261225]": ("calendars.c.holidays.0", "20261225", "2026-12-25"),
    "[calendars.c]\nholidays = [2026-12-25T08:00:00]": (
        "calendars.c.holidays.0",
        "'2026-12-25 08:00:00'",
        "2026-12-25",
    ),
    '[calendars.c]\nspecial = { xmas = ["08:00-12:00"] }': (
        "calendars.c.special.xmas",
        "'xmas'",
        "2026-12-25",
    ),
    '[calendars.c]\nspecial = { "2026-12-24" = ["08:00"] }': (
        "calendars.c.special.2026-12-24.0",
        "'08:00'",
        "HH:MM-HH:MM",
    ),
    '[calendars.c]\nmon_fri = ["08:00-17:00"]': ("calendars.c.mon_fri", "no such key", "mon, tue, wed"),
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


def test_queues_are_named_with_the_channels_told_and_what_people_call_them(written: Path) -> None:
    written.write_text(
        "[[queues]]\nname = 'q1'\ndisplay_name = 'Billing'\n"
        "[[queues]]\nname = 'q1'\nchannel = 'chat'\n"
        "[[queues]]\nname = 'q1'\nchannel = 'chat'\nfrom = '2030-01-01'\ndisplay_name = 'Chat'\n"
        "[[queues]]\nname = 'q2'\n"
    )
    naming = load_settings(config=written).naming()
    assert naming.channels == {"q1": ("chat",), "q2": ()}
    titles = {channel: naming.title("q1", channel) for channel in CHANNELS}
    assert titles == dict.fromkeys(CHANNELS, "Billing") | {"chat": "Chat"}
    assert naming.title("q2", "voice") == naming.title("elsewhere", "voice") == ""


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
    assert rules.of("any", "voice", 0).short_abandon_ms == 5_000


def test_a_target_below_five_seconds_takes_the_short_abandon_with_it(written: Path) -> None:
    rules = loaded(written, "[default]\ntarget_seconds = 3\n").definitions()
    assert rules.of("any", "voice", 0).short_abandon_ms == 3_000


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


# Of two entries for the same, nobody could tell which holds.

_Q = '[[queues]]\nname = "q"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"{_Q}{_Q}target_seconds = 9\n", "queue 'q' has 2 entries for all channels; give one"),
        (3 * f'{_Q}channel = "chat"\n', "queue 'q' has 3 entries for chat; give one"),
        (f"{_Q}{_Q}short_abandon_seconds = 60\n", "queue 'q' has 2 entries for all channels; give one"),
        (f"{_Q}short_abandon_seconds = 60\n{_Q}", "give at most that"),
    ],
)
def test_a_queue_that_is_given_twice_is_refused(text: str, told: str, written: Path) -> None:
    (fault,) = faults(written, text)
    assert told in fault


def test_a_queue_may_be_given_for_all_channels_and_for_one(written: Path) -> None:
    text = f'{_Q}target_seconds = 9\n{_Q}channel = "chat"\ntarget_seconds = 8\n[[queues]]\nname = "p"\n'
    rules = loaded(written, text).definitions()
    assert [rules.of("q", channel, 0).target_ms for channel in ("chat", "voice")] == [8_000, 9_000]


# By which clock and calendar a queue works.

CLOCKS = """
time_zone = "Asia/Jakarta"
day_start = "06:00"

[calendars.office]
mon = ["08:00-12:00", "13:00-17:00"]
sat = ["22:00-02:00"]
sun = ["12:00-24:00"]
holidays = ["2026-12-28", 2027-01-04]
special = { "2026-12-29" = ["09:00-10:00"], "2026-12-26" = [] }

[calendars.hq]
time_zone = "Europe/Berlin"
mon = ["08:00-17:00"]

[[queues]]
name = "here"
calendar = "office"

[[queues]]
name = "far"
time_zone = "Asia/Kathmandu"
day_start = "00:15"
calendar = "office"

[[queues]]
name = "mixed"
day_start = "07:00"
calendar = "hq"

[[queues]]
name = "mixed"
channel = "chat"
time_zone = "UTC"
"""


def test_the_clock_of_a_queue_is_its_own_or_that_of_the_centre(written: Path) -> None:
    timetable = loaded(written, CLOCKS).timetable()
    centre = Clock(ZoneInfo("Asia/Jakarta"), 360)
    assert timetable.centre == Worktime(centre)
    assert timetable.of("other", "voice") == Worktime(centre)
    assert timetable.of("here", "sms").clock == centre
    assert timetable.of("far", "voice").clock == Clock(ZoneInfo("Asia/Kathmandu"), 15)
    assert timetable.of("mixed", "voice").clock == Clock(ZoneInfo("Asia/Jakarta"), 420)
    # What is said of one channel stands alone, as for promises.
    assert timetable.of("mixed", "chat") == Worktime(Clock(ZoneInfo("UTC"), 360))


@pytest.mark.parametrize(
    ("queue", "now", "expected"),
    [
        ("here", "2026-12-21T08:00:00+07:00", True),  # a Monday
        ("here", "2026-12-21T12:30:00+07:00", False),
        ("here", "2026-12-22T10:00:00+07:00", False),
        ("here", "2026-12-19T23:00:00+07:00", True),
        ("here", "2026-12-20T01:59:00+07:00", True),
        ("here", "2026-12-20T02:00:00+07:00", False),
        ("here", "2026-12-20T23:59:59+07:00", True),
        ("here", "2026-12-28T10:00:00+07:00", False),
        ("here", "2027-01-04T10:00:00+07:00", False),
        ("here", "2027-01-11T10:00:00+07:00", True),
        ("here", "2026-12-29T09:30:00+07:00", True),
        ("here", "2026-12-26T23:00:00+07:00", False),
        ("far", "2026-12-21T08:00:00+07:00", False),  # by the clock of the queue
        ("far", "2026-12-21T08:00:00+05:45", True),
        ("mixed", "2026-12-21T08:00:00+07:00", False),  # by that of the calendar
        ("mixed", "2026-12-21T08:00:00+01:00", True),
    ],
)
def test_the_calendar_of_a_queue(queue: str, now: str, *, expected: bool, written: Path) -> None:
    calendar = loaded(written, CLOCKS).timetable().of(queue, "voice").calendar
    assert calendar is not None
    assert calendar.is_open(round(datetime.fromisoformat(now).timestamp() * 1000)) is expected


def test_queues_of_one_calendar_and_zone_share_it(written: Path) -> None:
    timetable = loaded(written, CLOCKS + '[[queues]]\nname = "more"\ncalendar = "office"\n').timetable()
    assert timetable.of("here", "voice").calendar is timetable.of("more", "chat").calendar
    assert timetable.of("here", "voice").calendar is not timetable.of("far", "voice").calendar


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[[queues]]\nname = "q"\ncalendar = "offic"\n[calendars.office]\nmon = ["08:00-17:00"]',
            "queue 'q': calendar 'offic' is not there; known are office",
        ),
        (
            '[[queues]]\nname = "q"\ncalendar = "office"',
            "queue 'q': calendar 'office' is not there; known are none; add [calendars.NAME]",
        ),
        ("[calendars.c]", "calendars.c: it is never open; give hours for at least one of mon, tue,"),
        (
            '[calendars.c]\nholidays = ["2026-12-25"]\nspecial = { "2026-12-25" = ["08:00-12:00"] }',
            "calendars.c: 2026-12-25 is in holidays and in special; give it in one of them",
        ),
    ],
)
def test_calendars_that_do_not_fit_are_refused(text: str, told: str, written: Path) -> None:
    (fault,) = faults(written, text)
    assert told in fault


def test_low_is_not_worse_than_critical(written: Path) -> None:
    text = '[default]\ncritical_points = 10\n[[queues]]\nname = "q"\nlow_points = 15\n'
    assert "queue 'q': low_points 15 is above critical_points 10" in faults(written, text)[0]


def test_all_that_does_not_fit_is_told_at_once(written: Path) -> None:
    (fault,) = faults(
        written,
        "[default]\ntarget_seconds = 5\nshort_abandon_seconds = 6\n[calendars.c]\n"
        '[[queues]]\nname = "q"\ncalendar = "d"\n',
    )
    for told in (
        "default: short_abandon_seconds 6 is above",
        "calendars.c: it is never",
        "queue 'q': calendar 'd'",
    ):
        assert told in fault


# What is in force: the queue's own, its channel's, the default's, ours.

LAYERS = """
[default]
target_seconds = 40
goal_ratio = 0.7
low_points = 2
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
critical_points = 30
team = "north"
site = "Jakarta"
"""


@pytest.mark.parametrize(
    ("queue", "channel", "expected"),
    [
        ("any", "voice", Definition(40_000, 5_000, ServiceLevelRule.DROP_SHORT, 0.7)),
        ("any", "chat", Definition(60_000, 0, ServiceLevelRule.COUNT_ABANDONS, 0.7)),
        ("any", "email", Definition(40_000, 0, ServiceLevelRule.DROP_SHORT, 0.7)),
        ("billing", "voice", Definition(40_000, 5_000, ServiceLevelRule.DROP_SHORT, 0.9, min_contacts=5)),
        ("billing", "chat", Definition(60_000, 0, ServiceLevelRule.COUNT_ABANDONS, 0.9, min_contacts=5)),
        ("help", "voice", Definition(40_000, 2_000, ServiceLevelRule.DROP_SHORT, 0.7)),
        ("help", "chat", Definition(10_000, 0, ServiceLevelRule.COUNT_ABANDONS, 0.7)),
    ],
)
def test_what_is_left_out_comes_from_the_channel_and_then_from_the_default(
    queue: str, channel: str, expected: Definition, written: Path
) -> None:
    settings = loaded(written, LAYERS)
    assert settings.definitions().of(queue, channel, 0) == expected
    assert settings.file.in_force(queue, channel).definition == expected


def test_names_and_limits_are_in_force_too(written: Path) -> None:
    file = loaded(written, LAYERS).file
    billing, help_, other = (file.in_force(queue, "voice") for queue in ("billing", "help", "any"))
    assert (billing.display_name, billing.definition.min_contacts) == ("Bills", 5)
    assert (help_.team, help_.site, help_.definition.min_contacts) == ("north", "Jakarta", 20)
    assert (billing.tolerance, help_.tolerance) == (Tolerance(2, 20, 300), Tolerance(2, 30, 300))
    assert (other.display_name, other.team, other.site) == ("", "", "")


@pytest.mark.parametrize(
    ("text", "tolerance"),
    [
        ("", Tolerance(0, 20, 120)),
        ("[default]\ntarget_seconds = 90", Tolerance(0, 20, 180)),
        ("[default]\ntarget_seconds = 90\nwait_limit_seconds = 100", Tolerance(0, 20, 100)),
        ("[default]\nlow_points = 25", Tolerance(25, 25, 120)),
    ],
)
def test_what_is_tolerated_without_a_word_is_never_less_than_what_is_promised(
    text: str, tolerance: Tolerance, written: Path
) -> None:
    assert loaded(written, text).file.in_force("any", "voice").tolerance == tolerance


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("", AlertLimits(10, 0.15, 0.5, 3)),
        ("[default]\nlow_points = 12", AlertLimits(slow_points=12)),
        ("[default]\ncritical_points = 5", AlertLimits(slow_points=5)),
        (
            (
                "[default]\nslow_points = 15\nmissed_limit = 4\n[channels.voice]\n"
                'abandoned_limit_ratio = 0.2\n[[queues]]\nname = "q"\nlate_limit_ratio = 0.7\n'
            ),
            AlertLimits(15, 0.2, 0.7, 4),
        ),
    ],
)
def test_limits_of_alerts_come_from_queue_channel_default_or_us(
    text: str, limits: AlertLimits, written: Path
) -> None:
    assert loaded(written, text).file.in_force("q", "voice").limits == limits


def test_two_hours_are_not_judged_harder_than_the_day_nor_softer_than_half_an_hour(written: Path) -> None:
    (fault,) = faults(written, "[default]\nlow_points = 2\nslow_points = 1\n")
    assert "default: slow_points 1 is not between low_points 2 and critical_points 20" in fault


def test_every_limit_in_the_file_is_an_edge_of_a_wait_band(written: Path) -> None:
    text = '[default]\ntarget_seconds = 17\n[channels.sms]\ntarget_seconds = 3600\n[[queues]]\nname = "q"\n'
    rules = loaded(written, f"{text}target_seconds = 7.25\nshort_abandon_seconds = 1.5\n").definitions()
    assert {17_000, 3_600_000, 7_250, 1_500} <= set(rules.wait_edges_ms)


def test_settings_are_the_same_for_every_process(written: Path) -> None:
    assert loaded(written, LAYERS).definitions() == load_settings(config=written).definitions()
    assert FileSettings() == load_settings().file


# Rules, presets, several targets, and from when.


def test_a_preset_fixes_rule_policies_and_attribution(written: Path) -> None:
    rules = loaded(written, '[default]\npreset = "amazon"\n').definitions()
    found = rules.of("any", "voice", 0)
    assert found.code == "SL(20s, credit_in_target, flowed_out miss, callback met_in_target, exited)"


def test_a_queue_may_leave_the_preset_of_the_default(written: Path) -> None:
    text = (
        '[default]\npreset = "wazo"\n[[queues]]\nname = "q"\nrule = "drop_short"\nattribution = "offered"\n'
    )
    rules = loaded(written, text).definitions()
    assert rules.of("q", "voice", 0).code == "SL(20s, drop_short 5s, offered)"
    assert rules.of("other", "voice", 0).code == "SL(20s, answered_only, exited)"


def test_what_ends_a_wait_is_set_by_default_channel_and_queue_from_a_day_on(written: Path) -> None:
    text = (
        '[channels.chat]\nclock_stop = "accepted"\n[[queues]]\nname = "q"\nclock_stop = "accepted"\n'
        'from = "2026-11-21"\n'
    )
    rules = loaded(written, text).definitions()
    assert rules.by_acceptance
    codes = [rules.of(*of).code for of in (("any", "voice", 0), ("any", "chat", 0), ("q", "voice", 0))]
    assert codes[0] == codes[2] == "SL(20s, drop_short 5s, decided)"
    assert codes[1] == "SL(20s, drop_short 0s, clock_stop accepted, decided)"
    since_ms = 1_795_219_200_000  # 2026-11-21T00:00:00Z
    assert "accepted" in rules.of("q", "voice", since_ms).code
    assert "accepted" not in rules.of("q", "voice", since_ms - 1).code


def test_a_clock_that_nobody_sets_costs_nobody_a_look(written: Path) -> None:
    assert not loaded(written, LAYERS).definitions().by_acceptance


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            '[default]\npreset = "amazon"\nrule = "drop_short"\n',
            "preset amazon fixes rule; give one or the other",
        ),
        (
            '[channels.chat]\npreset = "cisco_ignored"\ncallback = "miss"\nflowed_out = "miss"\n',
            "preset cisco_ignored fixes flowed_out, callback",
        ),
        ('[default]\npreset = "acme"\n', "'amazon', 'genesys'"),
        (
            '[default]\nrule = "answered_only"\nattribution = "decided"\n',
            "attribution decided is not accepted with rule answered_only",
        ),
        ('[default]\nclock_stop = "rung"\n', "'connected' or 'accepted'"),
        ("[default]\nmore_targets_seconds = [0]\n", "greater than 0"),
        ('[[queues]]\nname = "q"\nfrom = "soon"\n', "from: 'soon' is not accepted"),
        ("[stuck_hours]\nfax = 1\n", "'voice'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(text: str, told: str, written: Path) -> None:
    assert told in "\n".join(faults(written, text))


def test_a_short_abandon_above_the_target_is_accepted_where_visits_count_at_their_exit(
    written: Path,
) -> None:
    text = '[default]\ntarget_seconds = 5\nshort_abandon_seconds = 10\nattribution = "exited"\n'
    assert loaded(written, text).definitions().of("any", "voice", 0).short_abandon_ms == 10_000


def test_several_targets_are_all_counted(written: Path) -> None:
    rules = loaded(written, '[[queues]]\nname = "q"\nmore_targets_seconds = [60, 7.5]\n').definitions()
    assert rules.of("q", "voice", 0).all_targets_ms == (7_500, 20_000, 60_000)
    assert rules.of("other", "voice", 0).all_targets_ms == ()
    assert {7_500, 20_000, 60_000} <= set(rules.wait_edges_ms)


DATED = """
time_zone = "Asia/Jakarta"
[[queues]]
name = "q"
target_seconds = 30
goal_ratio = 0.9
[[queues]]
name = "q"
from = 2026-12-01
target_seconds = 20
"""


def test_a_target_has_effect_from_a_day_on_in_the_zone_of_the_centre(written: Path) -> None:
    rules = loaded(written, DATED).definitions()
    midnight_ms = instant_ms("2026-12-01T00:00:00+07:00")
    before, after = rules.of("q", "voice", midnight_ms - 1), rules.of("q", "voice", midnight_ms)
    assert (before.target_ms, after.target_ms) == (30_000, 20_000)
    assert before.goal_ratio == after.goal_ratio == 0.9
    assert before.all_targets_ms == after.all_targets_ms == (20_000, 30_000)


def test_a_new_limit_is_counted_by_the_one_target_as_well(written: Path) -> None:
    dated = DATED.replace("target_seconds = 20", "short_abandon_seconds = 2")
    rules = loaded(written, dated).definitions()
    assert [step.all_targets_ms for _, step in rules.timeline("q", "voice")] == [(30_000,), (30_000,)]


def test_stuck_contacts_are_told_apart_after_hours_by_channel(written: Path) -> None:
    found = loaded(written, "[stuck_hours]\nchat = 0\nemail = 48\n").stuck_after_ms()
    assert found == {"voice": 7_200_000, "chat": 0, "email": 172_800_000}
