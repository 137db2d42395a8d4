"""Runs a worker until it is told to stop, drains it, and serves its own metrics and health meanwhile."""

import asyncio
import gc
import logging
import sys
import time
from contextlib import suppress
from functools import partial
from typing import Any, NoReturn

import faust
from faust.types import TP

from stream.access import Access
from stream.adapters.canonical import CanonicalDecoder
from stream.app.engine import KafkaDeadLetters, attach, faust_app
from stream.app.keeper import Keeper, recall
from stream.app.membership import Membership
from stream.app.settings import SettingsWatcher
from stream.app.watchdog import Watchdog
from stream.broker.admission import require_admission
from stream.broker.changelog import Changelog
from stream.broker.connection import wait_for
from stream.broker.rights import require_reading
from stream.broker.topics import CHANGELOGS, DEAD_LETTERS, FOLDED, states
from stream.clock import now_ms
from stream.errors import BrokerUnavailable, StoreUnavailable
from stream.metrics.own import PrometheusProbe
from stream.settings import Reloading, Settings
from stream.store.opening import opened, require_accepted
from stream.store.partition_count import require_partition_count
from stream.store.redis import RedisStore
from stream.web.auth import Auth
from stream.web.binding import bound
from stream.web.listening import listen_beside
from stream.web.plain import application
from stream.worker.backlog import Backlog, BacklogAge
from stream.worker.bookkeeping import Bookkeeper
from stream.worker.worker import Worker

log = logging.getLogger("pantau.worker")
_KAFKA_SILENT_SECONDS = 15.0
_KEEP_SECONDS = 5.0
_SIGN_SECONDS = 2.0
_OPTIONS = ("PANTAU_WORKER_METRICS_HOST", "PANTAU_WORKER_METRICS_PORT")
#: Records that wait for longer, although all that Kafka gives was read, wait for a transaction to end.
_TRANSACTION_AFTER_MS = 3_000
_UNSEEN = (
    "topics_unseen topics=%s they do not exist, or our login may not see them: run `pantau topics --create`, "
    "or give the rights that docs/security.md lists"
)


class Health:
    """What the worker reports on /healthz and /readyz, from its first moment on."""

    def __init__(self) -> None:
        self._of: tuple[Watchdog, Worker, Membership] | None = None

    def follow(self, watchdog: Watchdog, worker: Worker, membership: Membership) -> None:
        """Report on these from now on."""
        self._of = watchdog, worker, membership

    def is_well(self) -> bool:
        """Whether the watchdog looks; before it is started, the worker waits for Kafka."""
        return self._of is None or self._of[0].healthy

    def not_ready_because(self) -> str:
        """What the worker waits for; "" where it is ready."""
        if self._of is None:
            return "Kafka has not answered yet"
        watchdog, worker, membership = self._of
        if watchdog.silent_seconds > _KAFKA_SILENT_SECONDS:
            return "Kafka does not answer"
        if worker.store.is_waiting:
            return "Redis does not answer"
        return "" if membership.is_member else "the consumer group has not admitted it"


class _FaustWorker(faust.Worker):
    """Faust's worker without its terminal output."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spinner = None


def run_worker(settings: Settings) -> NoReturn:
    """Fold the topics into Redis until SIGTERM or Ctrl-C; exits the process, non-zero after a failure."""
    reloading = Reloading(settings)
    reloading.hear()
    probe, health = PrometheusProbe(settings.limits()), Health()
    _serve(settings, probe, health)
    asyncio.run(_require_servers(settings))
    app = faust_app(settings)
    store = RedisStore(*settings.redis_access(), retention=settings.retention())
    bookkeeper = Bookkeeper(store, settings.wanted(), now_ms)
    decoder = CanonicalDecoder(settings.own_names())
    worker = Worker.of(
        store,
        decoder,
        KafkaDeadLetters(app),
        probe,
        wanted=settings.wanted(),
        retention=settings.retention(),
        limits=settings.limits(),
        reject_limit_ratio=settings.reject_limit_ratio,
        stopping=lambda: app.should_stop,
        bookkeeper=bookkeeper,
        recall=partial(recall, Changelog(settings.kafka_access()), lambda: app.should_stop),
    )
    watchdog = _watched(app, settings, worker, health)
    attach(app, worker, FOLDED)
    watcher = SettingsWatcher(
        reloading,
        settings.retention(),
        worker=worker,
        bookkeeper=bookkeeper,
        probe=probe,
        decoder=decoder,
    )
    watcher.attach(app)
    _keep(app, settings, store=store, worker=worker, probe=probe, decoder=decoder)
    _measure_lag(app, worker, probe, watchdog)
    _give_signs(app, worker, watchdog)
    watchdog.start()
    _collect_rarely()
    faust_worker = _FaustWorker(
        app, quiet=True, loglevel="WARNING", redirect_stdouts=False, override_logging=False
    )
    faust_worker.execute_from_commandline()
    sys.exit(1 if app.crashed else 0)


def _watched(app: faust.App, settings: Settings, worker: Worker, health: Health) -> Watchdog:
    kafka = settings.kafka_access()
    membership = Membership(partial(require_admission, kafka, settings.group, settings.session_seconds))
    membership.attach(app)
    watchdog = Watchdog(
        kafka,
        worker,
        membership,
        limit_seconds=settings.stall_seconds,
        stopping=lambda: app.should_stop,
    )
    health.follow(watchdog, worker, membership)
    return watchdog


async def _require_servers(settings: Settings) -> None:
    """Wait for Kafka, and refuse to start with what is wrong there or in Redis, in one line."""
    kafka = settings.kafka_access()
    await wait_for(kafka)
    await _require_topics(settings, kafka)
    await require_admission(kafka, settings.group, settings.session_seconds)
    async with opened(settings.redis_access()) as store:
        await require_accepted(store)
        await _require_partition_counts(kafka, store)
        await _warn_of_eviction(store)


async def _require_topics(settings: Settings, kafka: Access) -> None:
    """Refuse to start where our login may not read a topic; one that is not there may still be created."""
    try:
        seen = {state.name for state in await states(kafka) if state.partitions}
    except BrokerUnavailable:
        return
    if unseen := {*FOLDED, DEAD_LETTERS, *CHANGELOGS.values()} - seen:
        log.warning(_UNSEEN, ",".join(sorted(unseen)))
    await require_reading(kafka, settings.group, sorted(seen & {*FOLDED, *CHANGELOGS.values()}))


async def _require_partition_counts(kafka: Access, store: RedisStore) -> None:
    """Refuse to start where a topic was given more partitions.

    Where a server does not answer, this is asked again when partitions are assigned.
    """
    with suppress(StoreUnavailable, BrokerUnavailable):
        for state in await states(kafka):
            if state.name in FOLDED and state.partitions:
                await require_partition_count(store, state.name, state.partitions)


async def _warn_of_eviction(store: RedisStore) -> None:
    """Warn where a full Redis would delete what is stored: only `noeviction` keeps the numbers right."""
    policy = await store.eviction()
    if policy is None:
        log.info("redis_eviction policy=unknown Redis does not say; it must be noeviction")
    elif policy != "noeviction":
        log.warning(
            "redis_eviction policy=%s a full Redis deletes state at will; set maxmemory-policy noeviction",
            policy,
        )


def _serve(settings: Settings, probe: PrometheusProbe, health: Health) -> None:
    host, port = settings.worker_metrics_host, settings.worker_metrics_port
    auth = Auth.of(settings, host)
    app = application(
        probe.registry, auth, healthy=health.is_well, not_ready_because=health.not_ready_because
    )
    sockets = bound("worker metrics", host, port, _OPTIONS)
    auth.warn("worker metrics", host)
    listen_beside(app, sockets, settings.exporter_tls())


def _measure_lag(app: faust.App, worker: Worker, probe: PrometheusProbe, watchdog: Watchdog) -> None:
    @app.timer(interval=2.0)
    async def measure() -> None:
        for partition, position in worker.ownership.positions().items():
            end = None
            with suppress(AssertionError):  # aiokafka's way of saying that it was taken away meanwhile
                end = app.consumer.highwater(TP(*partition))
            if end is not None:
                probe.lag(partition, max(end, watchdog.ends.get(partition, 0)) - position)


def _give_signs(app: faust.App, worker: Worker, watchdog: Watchdog) -> None:
    age = BacklogAge()

    @app.timer(interval=_SIGN_SECONDS)
    async def sign() -> None:
        now, ends = time.monotonic(), watchdog.ends
        age.look(now, ends)
        backlogs = {}
        for partition, position in worker.ownership.positions().items():
            behind = max(0, ends.get(partition, 0) - position)
            ms = round(1000 * age.seconds(now, partition, position))
            in_transaction = ms > _TRANSACTION_AFTER_MS and position >= app.consumer.stable_end(
                TP(*partition)
            )
            backlogs[partition] = Backlog(behind, ms, in_transaction)
        await worker.upkeep.sign(watchdog.silent_seconds, backlogs)


def _keep(  # noqa: PLR0913 - all that keeping takes
    app: faust.App,
    settings: Settings,
    *,
    store: RedisStore,
    worker: Worker,
    probe: PrometheusProbe,
    decoder: CanonicalDecoder,
) -> None:
    keeper = Keeper(
        store,
        worker.ownership,
        probe,
        Changelog(settings.kafka_access()),
        retention=settings.retention(),
        stopping=lambda: app.should_stop,
        decoder=decoder,
    )

    @app.timer(interval=_KEEP_SECONDS)
    async def keep() -> None:
        await keeper.look()


def _collect_rarely() -> None:
    """Look for cycles rarely: batches make none, and looking costs a seventh of the speed (ADR 0003)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)
