"""Each alert on customers and agents: raised of what it is for, and of nothing else; by promtool."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from alert_cases import BEGIN, CASES, NAMED, STEP_S, Case, series, written
from promql_checks import rules
from stack_processes import run

Json = dict[str, Any]
BY_NAME = {rule["alert"]: rule for _, rule in rules() if rule["labels"]["scope"] in {"queue", "agents"}}
#: What needs a week, or a day, of history has tests of its own.
LONG = {"PantauQueueSilent", "PantauQueueDisappeared"}


def seconds(duration: str) -> int:
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def alone(folder: Path, rule: Json, *annotations: str) -> Path:
    """One rule by itself, with as little text as is asked for: texts ask queries at each evaluation."""
    file = folder / "rules.yml"
    told = {**rule, "annotations": {name: rule["annotations"][name] for name in annotations}}
    file.write_text(yaml.safe_dump({"groups": [{"name": "one", "rules": [told]}]}), encoding="utf-8")
    return file


def checked(folder: Path, found: list[Json], rules_of: Path, interval_s: int = STEP_S) -> None:
    file = folder / "tests.yml"
    suite = {"rule_files": [str(rules_of)], "evaluation_interval": f"{interval_s}s", "tests": found}
    file.write_text(yaml.safe_dump(suite), encoding="utf-8")
    run("promtool", "test", "rules", str(file))


def test_every_alert_has_a_case() -> None:
    assert {case.alert for case in CASES} | LONG == BY_NAME.keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_it_is_raised_of_what_it_is_for_and_of_nothing_else(case: Case, tmp_path: Path) -> None:
    rule = BY_NAME[case.alert]
    found = [*written(case, seconds(rule["for"]), seconds(rule["keep_firing_for"]))]
    checked(tmp_path, found, alone(tmp_path, rule), 30 if case.minutes > 60 else STEP_S)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.alert)
def test_it_tells_people_what_is_and_when(case: Case, tmp_path: Path) -> None:
    rule = BY_NAME[case.alert]
    at_s = (BEGIN + case.minutes) * 60 - STEP_S
    time = f"1970-01-01 {at_s // 3600:02}:{at_s // 60 % 60:02}:{at_s % 60:02} +0000 UTC"
    expected = {
        "exp_labels": {**case.labels, **rule["labels"]},
        "exp_annotations": {"description": case.told.format(time=time)},
    }
    moment = {"eval_time": f"{at_s}s", "alertname": case.alert, "exp_alerts": [expected]}
    one = {"interval": f"{STEP_S}s", "input_series": series(case, case.wrong), "alert_rule_test": [moment]}
    checked(tmp_path, [one], alone(tmp_path, rule, "description"))


def firing(alert: str, at: str, *, is_so: bool) -> Json:
    samples = [{"labels": "{}", "value": 1}] if is_so else []
    expr = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}})'
    return {"expr": expr, "eval_time": at, "exp_samples": samples}


WEEK = 7 * 24 * 12  # of five minutes


def of_week(offered_before: float, offered_now: float, **statuses: int) -> list[Json]:
    queue = 'tenant="default",queue="billing",media="voice"'
    steady = f"x{WEEK + 60}"
    told = {"closed": 0, "stale": 0, "rebuilding": 0} | statuses
    return [
        {
            "series": f'pantau_queue_window_contacts_offered{{{queue},window="30m"}}',
            "values": f"{offered_before}x{WEEK - 1} {offered_now}x60",
        },
        {"series": f"pantau_queue_alert_min_contacts{{{queue}}}", "values": f"20{steady}"},
        {
            "series": f'pantau_queue_info{{{queue},name="Bills",team="invoices",site="one"}}',
            "values": f"1{steady}",
        },
        {"series": 'pantau_state_current_timestamp_seconds{tenant="default"}', "values": f"0+300{steady}"},
        *(
            {"series": f'pantau_queue_status{{{queue},status="{status}"}}', "values": f"{value}{steady}"}
            for status, value in told.items()
        ),
    ]


@pytest.mark.parametrize(
    ("found", "is_so"),
    [
        (of_week(30, 0), True),
        (of_week(30, 25), False),
        (of_week(6, 0), False),
        (of_week(30, 0, closed=1), False),
        (of_week(30, 0, stale=1), False),
        (of_week(30, 0, rebuilding=1), False),
    ],
    ids=["silent", "busy", "always quiet", "closed", "stale", "rebuilding"],
)
def test_a_queue_is_silent_against_the_same_hour_of_a_week_ago(
    tmp_path: Path,
    found: list[Json],
    is_so: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    at = f"{WEEK * 5 + 60}m"
    one = {"interval": "5m", "input_series": found}
    one["promql_expr_test"] = [firing("PantauQueueSilent", at, is_so=is_so)]
    checked(tmp_path, [one], alone(tmp_path, BY_NAME["PantauQueueSilent"]), 300)


def of_day(info: str, *, gone: bool = False) -> list[Json]:
    queue = 'tenant="default",queue="billing",media="voice"'
    name = f'pantau_queue_info{{{queue},name="Bills",team="invoices",site="one"}}'
    current = 'pantau_state_current_timestamp_seconds{tenant="default"}'
    return [
        {"series": name, "values": info},
        {"series": current, "values": "0+60x120 stale" if gone else "0+60x2000"},
    ]


@pytest.mark.parametrize(
    ("found", "at", "is_so"),
    [
        (of_day("1x120 stale"), "150m", True),
        (of_day("1x120 stale"), "1600m", False),
        (of_day("1x120 stale _x5 1x2000"), "150m", False),
        (of_day("1x2000"), "150m", False),
        (of_day("1x120 stale", gone=True), "150m", False),
    ],
    ids=["disappeared", "forgotten a day later", "back soon", "there", "no exporter"],
)
def test_a_queue_that_disappears_is_told_for_a_day(
    tmp_path: Path,
    found: list[Json],
    at: str,
    is_so: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    one = {"interval": "1m", "input_series": found}
    one["promql_expr_test"] = [firing("PantauQueueDisappeared", at, is_so=is_so)]
    checked(tmp_path, [one], alone(tmp_path, BY_NAME["PantauQueueDisappeared"]), 60)


def test_a_queue_of_two_exporters_is_told_once(tmp_path: Path) -> None:
    case = CASES[0]
    both = [
        {**each, "series": each["series"].replace("}", f',instance="{instance}"}}')}
        for each in series(case, case.wrong)
        for instance in ("a", "b")
    ]
    one = {"interval": f"{STEP_S}s", "input_series": both}
    one["promql_expr_test"] = [firing(case.alert, f"{BEGIN + 5}m", is_so=True)]
    checked(tmp_path, [one], alone(tmp_path, BY_NAME[case.alert]))


def test_what_flaps_by_the_minute_is_one_alert(tmp_path: Path) -> None:
    case = CASES[0]
    steps = 6 * case.minutes
    flapping = [
        {**each, "values": " ".join([f"0x{BEGIN * 6 - 1}", *(["1x4", "0x3"] * (steps // 9)), "0x200"])}
        if 'status="critical"' in each["series"]
        else each
        for each in series(case, case.wrong)
    ]
    one = {"interval": f"{STEP_S}s", "input_series": flapping}
    whole = (
        f'min_over_time((count(ALERTS{{alertname="{case.alert}",alertstate="firing"}}) or vector(0))[5m:10s])'
    )
    one["promql_expr_test"] = [
        {"expr": whole, "eval_time": f"{BEGIN + 8}m", "exp_samples": [{"labels": "{}", "value": 1}]}
    ]
    checked(tmp_path, [one], alone(tmp_path, BY_NAME[case.alert]))


def test_links_lead_to_the_queue() -> None:
    url = BY_NAME["PantauQueueWaitLong"]["annotations"]["dashboard_url"]
    assert NAMED.keys() >= {"tenant", "queue"}
    assert "var-tenant={{ $labels.tenant | urlquery }}&var-queue={{ $labels.queue | urlquery }}" in url
