"""Alerts on the path: whether the numbers can be believed at all.

One may page when nothing is left, and be a ticket when some is. How many processes are expected is told by
the targets in prometheus.yml.
"""

from typing import NamedTuple

from stream.alerting.promql import one, selector
from stream.alerting.rule import Rule, Text
from stream.settings import Scope, Severity

_REBUILDING = f"(max without (topic, partition) ({one('pantau_rebuild_in_progress')}) == 1)"
_PAGE, _TICKET, _INFO = Severity.PAGE, Severity.TICKET, Severity.INFO
_AWAY = one(selector("pantau_state_away", 'what!="source"'))
_QUEUE_ALERTS = "Queue alerts are silent meanwhile."


class Told(NamedTuple):
    """What engineers read."""

    summary: str
    description: str
    action: str


def _rule(name: str, severity: Severity, expr: str, texts: Told, **more: str | tuple[str, ...]) -> Rule:
    summary, description, action = map(Text, texts)
    return Rule(
        name=name,
        scope=Scope.PIPELINE,
        severity=severity,
        expr=expr,
        summary=summary,
        description=description,
        action=action,
        **more,  # type: ignore[arg-type] # wait, keep, labels, job
    )


def _held_up(words: str) -> str:
    return one(selector("pantau_state_held_up_partitions", f'what=~"{words}"'))


def _waiting(pick: str) -> str:
    """Who waits, on average over five minutes, as the one exporter says that tells most, or least."""
    return one("avg_over_time(pantau_queue_contacts_waiting[5m])", pick=pick)


def _down(name: str, job: str, texts: Told, some: Told) -> tuple[Rule, Rule]:
    up = selector("up", f'job="{job}"')
    return (
        _rule(name, _PAGE, f"absent({up} == 1)", texts, wait="30s", job=job),
        _rule(name, _TICKET, f"count by (job) ({up} == 0) > 0", some, wait="2m"),
    )


PATH: tuple[Rule, ...] = (
    _rule(
        "PantauAway",
        _PAGE,
        f"max by (tenant, what) ({_AWAY}) == 1",
        Told(
            "A part of the way to the board is silent.",
            "The {what} has been silent for tenant {tenant}; at {time} it still was. What happens "
            "meanwhile is "
            f"missing from the board. {_QUEUE_ALERTS}",
            "Watch the floor by eye; restart what is silent: the store is Redis, the broker is Kafka.",
        ),
        wait="30s",
        keep="30s",
        labels=("tenant", "what"),
    ),
    _rule(
        "PantauDataStale",
        _PAGE,
        f"time() - {one('pantau_state_current_timestamp_seconds')} > 120\nunless on (tenant)\n{_REBUILDING}",
        Told(
            "The numbers on the board are old.",
            "The newest event of tenant {tenant} that reached the board is {span} old, and so is the latest "
            f"heartbeat if there are any; 120 s is the limit. {_QUEUE_ALERTS}",
            "Tell the floor that the board is old; find out whether the source, Kafka or the workers "
            "stand still.",
        ),
        wait="30s",
        keep="2m",
        labels=("tenant",),
    ),
    _rule(
        "PantauRebuilding",
        _INFO,
        _REBUILDING.removeprefix("(").removesuffix(")"),
        Told(
            "The state is being rebuilt from the log.",
            "State of tenant {tenant} was lost, is older than it was, or is rebuilt on request: {rebuilt} "
            "is done. "
            "Alerts on the numbers are held meanwhile.",
            "Nothing, as long as it goes on.",
        ),
        wait="30s",
        labels=("tenant",),
    ),
    _rule(
        "PantauRebuildStuck",
        _PAGE,
        f"({one('pantau_rebuild_in_progress')} == "
        f"1)\nand\n({one('changes(pantau_rebuild_records_to_go[5m])')} == 0)",
        Told(
            "A rebuild from the log makes no progress.",
            "Nothing of partition {partition} of {topic} has been read for 5 minutes although its state "
            "is being "
            "rebuilt: the board of tenant {tenant} stays incomplete or old, and alerts on its numbers are "
            "held.",
            "Restart the worker that holds the partition, and give Redis memory if it is full.",
        ),
        wait="5m",
        labels=("tenant", "topic", "partition"),
    ),
    _rule(
        "PantauMetricsAbsent",
        _PAGE,
        "absent_over_time(pantau_state_watermark_timestamp_seconds[5m])",
        Told(
            "Prometheus has received no Pantau data.",
            "No exporter has delivered a watermark for 5 minutes: the boards are blind and no queue alert "
            "can fire.",
            "Look at the targets page of Prometheus, then ask an exporter itself.",
        ),
        wait="2m",
    ),
    *_down(
        "PantauWorkerDown",
        "pantau-worker",
        Told(
            "No worker is running.",
            "No worker answers Prometheus: events pile up in Kafka and the numbers stand still. Nothing "
            "is lost "
            "while Kafka keeps the events.",
            "Read the last lines of a worker's log, then start it; go back to the last good settings or "
            "release.",
        ),
        Told(
            "Some workers are down.",
            "{count} worker(s) do not answer Prometheus; the others take over their partitions.",
            "Start them again; nothing is lost meanwhile.",
        ),
    ),
    _rule(
        "PantauPartitionHalted",
        _PAGE,
        "max by (topic, partition, reason) (pantau_partition_halted) > 0",
        Told(
            "A partition stands still because most of it is refused.",
            "Most of the last records of partition {partition} of {topic} are refused ({reason}), so it "
            "is read no "
            "further: its contacts and agents are missing from the board. Nothing is lost while Kafka "
            "keeps the "
            "events.",
            "Look what is wrong with the records, then stop or mend their source.",
        ),
        wait="50s",
        keep="2m",
        labels=("topic", "partition", "reason"),
    ),
    _rule(
        "PantauHeldUp",
        _PAGE,
        f"max by (tenant, what) ({_held_up('held|store_full')}) > 0",
        Told(
            "Partitions do not show what their log holds.",
            "{count} partition(s) of tenant {tenant} are held up ({what}): what they hold is missing from "
            "the board.",
            "held: end the open transaction of a source; store_full: give Redis memory.",
        ),
        wait="30s",
        keep="1m",
        labels=("tenant", "what"),
    ),
    _rule(
        "PantauHeldUp",
        _TICKET,
        f"max by (tenant, what) ({_held_up('missing|lagging')}) > 0",
        Told(
            "Partitions lag behind their log, or lack a part of it.",
            "{count} partition(s) of tenant {tenant}: {what}. lagging: records wait for more than 5 "
            "seconds; missing: "
            "records were passed over, for Kafka no longer has them.",
            "lagging: more workers, or look what slows them; missing: raise the retention of the topics.",
        ),
        wait="5m",
        keep="2m",
        labels=("tenant", "what"),
    ),
    # A share, so that a busy topic does not hide behind its size; of what is read, not of an hour.
    _rule(
        "PantauRecordsRefused",
        _TICKET,
        "sum by (topic) (rate(pantau_events_rejected_total[10m]))\n"
        "/ sum by (topic) (rate(pantau_events_consumed_total[10m]))\n> 0.01",
        Told(
            "More than one record in a hundred is refused.",
            "At {time} {share} of the records of {topic} of the last 10 minutes were refused, so what "
            "they tell is "
            "missing from the board: {refused}`pantau dead-letters list` tells what is wrong with them, "
            "and where "
            "they lie.",
            "Mend the source, or upgrade Pantau and redrive what it accepts by then.",
        ),
        wait="5m",
        keep="5m",
        labels=("topic",),
    ),
    # Counted exactly, by the exporter: the first refusal of a source is one, where increase() would see none.
    _rule(
        "PantauRecordsRefused",
        _INFO,
        f"sum by (tenant, topic, source) ({one('pantau_records_refused')}) > 0",
        Told(
            "Records of a source are refused.",
            "At {time} {count} record(s) of {source} in {topic} were refused in an hour, so what they "
            "tell is missing "
            "from the board of tenant {tenant}. `pantau dead-letters list` tells what is wrong with them, "
            "and where "
            "they lie.",
            "Look what is wrong with them before there are more.",
        ),
        wait="30s",
        labels=("tenant", "topic", "source"),
    ),
    # By topic and not by partition: a source that stops would be a flood of alerts.
    _rule(
        "PantauPathBroken",
        _PAGE,
        f"max by (tenant, topic, source) ({one('pantau_heartbeat_age_seconds', pick='min')}) > 60\n"
        f"unless on (tenant, topic)\n(max by (tenant, topic) ({one('pantau_rebuild_in_progress')}) == 1)",
        Told(
            "Heartbeats no longer come through.",
            "The latest heartbeat of {source} in a partition of {topic} that reached the board of tenant "
            "{tenant} is "
            "{span} old; 60 s is the limit. What happens meanwhile may be missing from the board.",
            "All partitions of one source: restart the source; one partition of all: look at Kafka and "
            "its worker.",
        ),
        wait="30s",
        keep="2m",
        labels=("tenant", "topic", "source"),
    ),
    _rule(
        "PantauQuiet",
        _INFO,
        f"(time() - {one('pantau_state_watermark_timestamp_seconds')} > 600)\nand on (tenant)\n"
        f"(time() - {one('pantau_state_current_timestamp_seconds')} < 60)",
        Told(
            "Nothing happens, and the path is alive.",
            "No event of tenant {tenant} for {span}, while heartbeats come through every partition: "
            "either nobody "
            "calls, or the source no longer sends. The numbers on the board are right for what was sent.",
            "Nothing if the centre is closed; else ask the telephony platform.",
        ),
        wait="1m",
        labels=("tenant",),
    ),
    _rule(
        "PantauNearLimit",
        _TICKET,
        "(\n    max by (topic, partition, kind) (pantau_names)\n  or\n    label_replace(max by (topic, "
        "partition) "
        '(pantau_open_contacts), "kind", "open_contacts", "", "")\n)\n/ on (kind) group_left ()\n'
        "max by (kind) (pantau_limit)\n> 0.8",
        Told(
            "A partition holds nearly as much as it may.",
            "Partition {partition} of {topic} holds {share} of the {kind} it may. What comes above the "
            "limit is "
            "refused as too_many and missing from the board.",
            "Stop a source that invents names, or raise the limit.",
        ),
        wait="5m",
        keep="5m",
        labels=("topic", "partition", "kind"),
    ),
    _rule(
        "PantauQueuesDropped",
        _TICKET,
        f"{one('pantau_exporter_dropped_series')} > 0",
        Told(
            "Queues are left out of /metrics.",
            "{count} queue(s) are beyond max_queues: no alert on them can be raised.",
            "Raise max_queues in the settings, or stop a source that invents queues.",
        ),
        wait="5m",
        keep="5m",
    ),
    _rule(
        "PantauStateUnreadable",
        _TICKET,
        f"max by (part) (increase(pantau_unreadable_total[15m])) > 0\n"
        f"or max by (part) ({one('pantau_state_unreadable')}) > 0",
        Told(
            "Something stored in Redis cannot be read.",
            "{number} stored values ({part}) could not be read. They are left out and everything else "
            "goes on, so "
            "numbers about them may be wrong. The logs of workers and exporters name them.",
            "Read what a worker made of it; unless it is mended, rebuild.",
        ),
        wait="30s",
        labels=("part",),
    ),
    # Over five minutes, for exporters are not asked at one instant; for as long, for one may be new.
    _rule(
        "PantauReplicasDisagree",
        _TICKET,
        f"{_waiting('max')}\n- {_waiting('min')}\n> 1 + 0.2 * {_waiting('max')}",
        Told(
            "Exporters tell different numbers.",
            "On average over 5 minutes exporters differ by {number} in how many wait in {queue_id}.",
            "Compare their logs and settings files; restart the one that stands still.",
        ),
        wait="5m",
        keep="2m",
        labels=("tenant", "queue", "media"),
    ),
    *_down(
        "PantauExporterDown",
        "pantau-exporter",
        Told(
            "No exporter is running.",
            "No exporter answers Prometheus: the boards are blind and no queue alert can fire. Counting "
            "goes on in "
            "the workers.",
            "Restart one; an exporter holds no state.",
        ),
        Told(
            "Some exporters are down.",
            "{count} exporter(s) do not answer Prometheus; the others serve the same numbers.",
            "Restart them; an exporter holds no state.",
        ),
    ),
    # Two audits in a row: one may have caught an exporter between two looks at Redis.
    _rule(
        "PantauAuditDiffers",
        _TICKET,
        "pantau_audit_differences > 0",
        Told(
            "The board and the raw log tell different numbers.",
            "{count} figure(s) of the board differ from a recomputation from the log. `pantau audit` "
            "names them and "
            "the contacts behind them.",
            "Run the audit with the workers' settings, then explain the queue it names.",
        ),
        wait="2m",
    ),
    _rule(
        "PantauAuditLate",
        _TICKET,
        "time() - pantau_audit_last_success_timestamp_seconds > 86400",
        Told(
            "No audit has found the board right for a day.",
            "The last audit without a difference ended {span} ago.",
            "Is one running, and does it end? Its log and its duration tell.",
        ),
        wait="2m",
    ),
)
META: tuple[Rule, ...] = (
    # Always firing, towards a receiver that raises the alarm when it stops hearing it.
    Rule(
        name="Watchdog",
        scope=Scope.META,
        severity=Severity.NONE,
        expr="vector(1)",
        summary=Text("The way from Prometheus to the people on call works."),
        description=Text(
            "This alert fires all the time; its absence at the dead-man receiver means that nobody would "
            "be told of "
            "anything else."
        ),
        action=Text("Nothing while it comes."),
    ),
)
