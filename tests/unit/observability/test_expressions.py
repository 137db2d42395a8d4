import pytest
from known_series import known
from promql_checks import faults, panel_queries, rule_queries, variable_queries

QUERIES = {**rule_queries(), **panel_queries()}


@pytest.mark.parametrize("name", QUERIES)
def test_every_expression_parses_and_asks_only_for_what_exists(name: str) -> None:
    assert faults(QUERIES[name]) == []


def test_variables_read_labels_that_exist() -> None:
    read = list(variable_queries())
    assert read
    assert all(label in known(metric).labels for metric, label in read)


# The checks themselves: each catches the mistake it is there for.
@pytest.mark.parametrize(
    ("expr", "fault"),
    [
        ("max without (instance, pod) (pantau_queue_waiting)", "pantau_queue_waiting is not a known series"),
        (
            'max without (instance, pod) (pantau_queue_open{channel="voice"})',
            "pantau_queue_open has no label channel",
        ),
        (
            "max without (instance, pod) (pantau_queue_window_contacts_offered)",
            "pantau_queue_window_contacts_offered is not read with exactly one window",
        ),
        (
            'max without (instance, pod) (pantau_queue_window_contacts_offered{window=~"5m|30m"})',
            "pantau_queue_window_contacts_offered is not read with exactly one window",
        ),
        (
            "max without (instance, pod) (rate(pantau_queue_contacts_waiting[5m]))",
            "rate() of pantau_queue_contacts_waiting, which is no counter",
        ),
        ("sum(pantau_queue_open)", "pantau_queue_open is added up over exporter replicas"),
        ("pantau_queue_open == 1", "pantau_queue_open is added up over exporter replicas"),
        (
            "sum without (instance, pod) (pantau_queue_open)",
            "pantau_queue_open is added up over exporter replicas",
        ),
        (
            "sum by (queue) (pantau_queue_handle_seconds_sum)",
            "pantau_queue_handle_seconds_sum is added up over exporter replicas",
        ),
    ],
)
def test_a_wrong_expression_is_caught(expr: str, fault: str) -> None:
    assert faults(expr) == [fault]


def test_worker_series_add_up_over_instances() -> None:
    assert faults("sum without (instance) (rate(pantau_events_consumed_total[5m]))") == []
