"""Alerts on the path: whether the numbers are right at all.

An alert may page when no part is left, and open a ticket when some parts are left. The targets in
prometheus.yml say how many processes there are.
"""

from typing import NamedTuple

from stream.alerting.promql import one, selector
from stream.alerting.rule import Rule, Text
from stream.settings import Scope, Severity

_REBUILDING = f"(max without (topic, partition) ({one('pantau_rebuild_in_progress')}) == 1)"
_PAGE, _TICKET, _INFO = Severity.PAGE, Severity.TICKET, Severity.INFO
_AWAY = one(selector("pantau_state_away", 'what!="source"'))


class Told(NamedTuple):
    """The texts for engineers."""

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
    """The waiting contacts on average over five minutes, of the exporter with the most or the least."""
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
            "A part of the path to the board is silent.",
            "The {what} of tenant {tenant} is silent at {time}. The board misses what happens until it "
            "answers. Queue alerts stay silent meanwhile.",
            "Watch the floor by eye. Restart the silent part: the store is Redis, the broker is Kafka.",
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
            "The newest event or heartbeat of tenant {tenant} on the board is {span} old; the limit is 120"
            " s. Queue alerts stay silent meanwhile.",
            "Tell the floor that the board is old. Find out which part stands still: the source, Kafka or "
            "the workers.",
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
            "Pantau rebuilds its state from the log.",
            "The state of tenant {tenant} is lost, is older than before, or is rebuilt on request. The "
            "rebuild is {rebuilt} done. Alerts on the numbers stay silent meanwhile.",
            "Nothing, as long as the rebuild goes on.",
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
            "The rebuild of partition {partition} of {topic} has read no record for 5 minutes. The board "
            "of tenant {tenant} stays incomplete or old, and alerts on its numbers stay silent.",
            "Restart the worker that holds the partition. Give Redis more memory if it is full.",
        ),
        wait="5m",
        labels=("tenant", "topic", "partition"),
    ),
    _rule(
        "PantauMetricsAbsent",
        _PAGE,
        "absent_over_time(pantau_state_watermark_timestamp_seconds[5m])",
        Told(
            "Prometheus receives no data from Pantau.",
            "No exporter has delivered a watermark for 5 minutes. The boards are blind and no queue alert "
            "can fire.",
            "Open the targets page of Prometheus, then ask an exporter directly.",
        ),
        wait="2m",
    ),
    *_down(
        "PantauWorkerDown",
        "pantau-worker",
        Told(
            "No worker is running.",
            "No worker answers Prometheus. Events pile up in Kafka and the numbers stand still. Nothing is"
            " lost while Kafka keeps the events.",
            "Read the last lines of a worker's log, then start the worker. If it fails, go back to the "
            "last good settings or release.",
        ),
        Told(
            "Some workers are down.",
            "{count} worker(s) do not answer Prometheus. The others take over their partitions.",
            "Start them again. Nothing is lost meanwhile.",
        ),
    ),
    _rule(
        "PantauPartitionHalted",
        _PAGE,
        "max by (topic, partition, reason) (pantau_partition_halted) > 0",
        Told(
            "A partition is halted because most of its records are refused.",
            "Partition {partition} of {topic} is halted: most of its last records are refused ({reason}). "
            "The board misses its contacts and agents. Nothing is lost while Kafka keeps the events.",
            "Find out what is wrong with the records, then stop or fix their source.",
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
            "{count} partition(s) of tenant {tenant} are held up ({what}). The board misses what they hold.",
            "held: end the open transaction of a source. store_full: give Redis more memory.",
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
            "Partitions lag behind their log, or miss a part of it.",
            "{count} partition(s) of tenant {tenant} are {what}. lagging: records wait for more than 5 "
            "seconds. missing: Kafka deleted records before a worker read them.",
            "lagging: add workers, or find out what slows them. missing: raise the retention of the topics.",
        ),
        wait="5m",
        keep="2m",
        labels=("tenant", "what"),
    ),
    # A share of the records read, so that a busy topic does not hide refusals behind its size.
    _rule(
        "PantauRecordsRefused",
        _TICKET,
        "sum by (topic) (rate(pantau_events_rejected_total[10m]))\n"
        "/ sum by (topic) (rate(pantau_events_consumed_total[10m]))\n> 0.01",
        Told(
            "More than 1 % of the records of a topic are refused.",
            "Pantau refused {share} of the records of {topic} in the 10 minutes before {time}, so the "
            "board misses what they say: {refused}`pantau dead-letters list` shows what is wrong with them"
            " and where they are.",
            "Fix the source, or upgrade Pantau and redrive the records that it accepts then.",
        ),
        wait="5m",
        keep="5m",
        labels=("topic",),
    ),
    # The exporter counts exactly: increase() does not see the first refusal of a source.
    _rule(
        "PantauRecordsRefused",
        _INFO,
        f"sum by (tenant, topic, source) ({one('pantau_records_refused')}) > 0",
        Told(
            "Records of a source are refused.",
            "Pantau refused {count} record(s) of {source} in {topic} in the hour before {time}, so the "
            "board of tenant {tenant} misses what they say. `pantau dead-letters list` shows what is wrong"
            " with them and where they are.",
            "Find out what is wrong with them before there are more.",
        ),
        wait="30s",
        labels=("tenant", "topic", "source"),
    ),
    # By topic and not by partition, or a source that stops floods people with alerts. 35 s and 20 s
    # more page within 90 s; restarts of workers and brokers take less.
    _rule(
        "PantauPathBroken",
        _PAGE,
        f"max by (tenant, topic, source) ({one('pantau_heartbeat_age_seconds', pick='min')}) > 35\n"
        f"unless on (tenant, topic)\n(max by (tenant, topic) ({one('pantau_rebuild_in_progress')}) == 1)",
        Told(
            "Heartbeats do not come through.",
            "The latest heartbeat of {source} in a partition of {topic} on the board of tenant {tenant} is"
            " {span} old; the limit is 35 s. The board may miss what happens meanwhile.",
            "If all partitions of one source are old, restart the source. If one partition is old for all "
            "sources, check Kafka and its worker.",
        ),
        wait="20s",
        keep="2m",
        labels=("tenant", "topic", "source"),
    ),
    _rule(
        "PantauQuiet",
        _INFO,
        f"(time() - {one('pantau_state_watermark_timestamp_seconds')} > 600)\nand on (tenant)\n"
        f"(time() - {one('pantau_state_current_timestamp_seconds')} < 60)",
        Told(
            "Nothing happens, and the path works.",
            "Tenant {tenant} has had no event for {span}, while heartbeats come through every partition. "
            "Either nobody calls, or the source sends nothing. The numbers on the board are right for what"
            " the source sent.",
            "Nothing if the centre is closed. Otherwise ask the telephony platform.",
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
            "Partition {partition} of {topic} holds {share} of the {kind} that it may hold. Above the "
            "limit, records are refused as too_many and are missing from the board.",
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
            "Queues are missing from /metrics.",
            "{count} queue(s) exceed max_queues. No alert can fire for them.",
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
            "Some values in Redis are unreadable.",
            "Pantau cannot read {number} stored values ({part}). It leaves them out and continues with the"
            " rest, so numbers about them may be wrong. The logs of workers and exporters name them.",
            "Read in the log what the worker did about them. Rebuild if it did not repair them.",
        ),
        wait="30s",
        labels=("part",),
    ),
    # Over five minutes, because Prometheus scrapes exporters at different instants; one may be new.
    _rule(
        "PantauReplicasDisagree",
        _TICKET,
        f"{_waiting('max')}\n- {_waiting('min')}\n> 1 + 0.2 * {_waiting('max')}",
        Told(
            "Exporters serve different numbers.",
            "On average over 5 minutes, exporters differ by {number} waiting contacts in {queue_id}.",
            "Compare the logs and the settings files of the exporters. Restart the one that stands still.",
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
            "No exporter answers Prometheus. The boards are blind and no queue alert can fire. The workers"
            " continue to count.",
            "Restart one. An exporter holds no state.",
        ),
        Told(
            "Some exporters are down.",
            "{count} exporter(s) do not answer Prometheus. The others serve the same numbers.",
            "Restart them. An exporter holds no state.",
        ),
    ),
    # Two audits in a row: one may read an exporter between two reads of Redis.
    _rule(
        "PantauAuditDiffers",
        _TICKET,
        "pantau_audit_differences > 0",
        Told(
            "The board and the raw log give different numbers.",
            "{count} figure(s) of the board differ from a recomputation from the log. `pantau audit` names"
            " them and the contacts behind them.",
            "Run the audit with the settings of the workers, then explain the queue that it names.",
        ),
        wait="2m",
    ),
    _rule(
        "PantauAuditLate",
        _TICKET,
        "time() - pantau_audit_last_success_timestamp_seconds > 86400",
        Told(
            "No audit has confirmed the board for a day.",
            "The last audit without a difference ended {span} ago.",
            "Check that an audit is running and that it ends. Its log and its duration show that.",
        ),
        wait="2m",
    ),
)
META: tuple[Rule, ...] = (
    # It always fires, to a receiver that raises the alarm when it stops.
    Rule(
        name="Watchdog",
        scope=Scope.META,
        severity=Severity.NONE,
        expr="vector(1)",
        summary=Text("The path from Prometheus to the people on call works."),
        description=Text(
            "This alert fires all the time. If it no longer reaches the dead-man receiver, no other alert "
            "reaches anybody."
        ),
        action=Text("Nothing while it arrives."),
    ),
)
