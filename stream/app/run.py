"""Runs a worker until it is told to stop, drains it, and tells what it does on its own port."""

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
from stream.app.health import Health
from stream.app.keeper import Keeper, recalled
from stream.app.membership import Membership
from stream.app.settings import Heeding
from stream.app.watchdog import Watchdog
from stream.broker.changelog import Changelog
from stream.broker.connection import wait_for
from stream.broker.membership import require_admission
from stream.broker.rights import require_reading
from stream.broker.topics import CHANGELOGS, DEAD_LETTERS, FOLDED, states
from stream.clock import now_ms
from stream.errors import BrokerUnavailable, StoreUnavailable
from stream.metrics.own import PrometheusProbe
from stream.settings import Reloading, Settings
from stream.store.opened import opened
from stream.store.redis import RedisStore
from stream.store.refusals import require_accepted
from stream.web.auth import Auth
from stream.web.binding import bound
from stream.web.listening import listen_beside
from stream.web.plain import application
from stream.worker.bookkeeping import Bookkeeper
from stream.worker.processor import Processor, hold_to
from stream.worker.progress import Backlog, Waiting

log = logging.getLogger("pantau.worker")
_KEEP_SECONDS = 5.0
_SIGN_SECONDS = 2.0
_OPTIONS = ("PANTAU_WORKER_METRICS_HOST", "PANTAU_WORKER_METRICS_PORT")
#: What waits for longer, although all that Kafka gives was read, waits for the end of a transaction.
_HELD_AFTER_MS = 3_000
_UNSEEN = (
    "topics_unseen topics=%s they do not exist, or our login may not see them: run `pantau topics --create`, "
    "or give the rights that docs/security.md lists"
)


class _Worker(faust.Worker):
    """Faust's worker without its terminal play."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spinner = None


def run_worker(settings: Settings) -> NoReturn:
    """Fold the topics into Redis until SIGTERM or Ctrl-C; exits the process, non-zero after a failure."""
    reloading = Reloading(settings)
    reloading.hear()
    probe, health = PrometheusProbe(settings.limits()), Health()
    _serve(settings, probe, health)
    asyncio.run(_look_around(settings))
    app = faust_app(settings)
    store = RedisStore(*settings.redis_access(), retention=settings.retention())
    bookkeeper = Bookkeeper(store, settings.wanted(), now_ms)
    decoder = CanonicalDecoder(settings.own_names())
    processor = Processor(
        store,
        decoder,
        KafkaDeadLetters(app),
        probe,
        definitions=settings.definitions(),
        retention=settings.retention(),
        limits=settings.limits(),
        grace_ms=settings.staffing().grace_ms,
        reject_limit_ratio=settings.reject_limit_ratio,
        stopping=lambda: app.should_stop,
        bookkeeper=bookkeeper,
        recall=partial(recalled, Changelog(settings.kafka_access()), lambda: app.should_stop),
    )
    watchdog = _watched(app, settings, processor, health)
    attach(app, processor, FOLDED)
    heeding = Heeding(
        reloading,
        settings.retention(),
        processor=processor,
        bookkeeper=bookkeeper,
        probe=probe,
        decoder=decoder,
    )
    heeding.attach(app)
    _keep(app, settings, store=store, processor=processor, probe=probe, decoder=decoder)
    _measure_lag(app, processor, probe, watchdog)
    _give_signs(app, processor, watchdog)
    watchdog.start()
    _collect_rarely()
    worker = _Worker(app, quiet=True, loglevel="WARNING", redirect_stdouts=False, override_logging=False)
    worker.execute_from_commandline()
    sys.exit(1 if app.crashed else 0)


def _watched(app: faust.App, settings: Settings, processor: Processor, health: Health) -> Watchdog:
    kafka = settings.kafka_access()
    membership = Membership(partial(require_admission, kafka, settings.group, settings.session_seconds))
    membership.attach(app)
    watchdog = Watchdog(
        kafka,
        processor,
        membership,
        limit_seconds=settings.stall_seconds,
        stopping=lambda: app.should_stop,
    )
    health.follow(watchdog, processor, membership)
    return watchdog


async def _look_around(settings: Settings) -> None:
    """Wait for Kafka, and say what is wrong with it or with Redis: said before the start, it is one line."""
    kafka = settings.kafka_access()
    await wait_for(kafka)
    await _look_at_topics(settings, kafka)
    await require_admission(kafka, settings.group, settings.session_seconds)
    async with opened(settings.redis_access()) as store:
        await require_accepted(store)
        await _hold_to_partitions(kafka, store)
        await _warn_of_eviction(store)


async def _look_at_topics(settings: Settings, kafka: Access) -> None:
    """Refuse to start where our login may not read; what is not to be seen may still come."""
    try:
        seen = {state.name for state in await states(kafka) if state.partitions}
    except BrokerUnavailable:
        return
    if unseen := {*FOLDED, DEAD_LETTERS, *CHANGELOGS.values()} - seen:
        log.warning(_UNSEEN, ",".join(sorted(unseen)))
    await require_reading(kafka, settings.group, sorted(seen & {*FOLDED, *CHANGELOGS.values()}))


async def _hold_to_partitions(kafka: Access, store: RedisStore) -> None:
    """Refuse to start where a topic was given more partitions.

    What does not answer yet is waited for later, and asked again.
    """
    with suppress(StoreUnavailable, BrokerUnavailable):
        for state in await states(kafka):
            if state.name in FOLDED and state.partitions:
                await hold_to(store, state.name, partitions=state.partitions)


async def _warn_of_eviction(store: RedisStore) -> None:
    """Say so where a full Redis would delete what is stored: only refusing keeps the numbers right."""
    policy = await store.eviction()
    if policy is None:
        log.info("redis_eviction policy=unknown Redis does not tell; it must be noeviction")
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


def _measure_lag(app: faust.App, processor: Processor, probe: PrometheusProbe, watchdog: Watchdog) -> None:
    @app.timer(interval=2.0)
    async def measure() -> None:
        for partition, position in processor.positions().items():
            end = None
            with suppress(AssertionError):  # aiokafka's way of saying that it was taken away meanwhile
                end = app.consumer.highwater(TP(*partition))
            if end is not None:
                probe.lag(partition, max(end, watchdog.ends.get(partition, 0)) - position)


def _give_signs(app: faust.App, processor: Processor, watchdog: Watchdog) -> None:
    waiting = Waiting()

    @app.timer(interval=_SIGN_SECONDS)
    async def sign() -> None:
        now, ends = time.monotonic(), watchdog.ends
        waiting.look(now, ends)
        backlogs = {}
        for partition, position in processor.positions().items():
            behind = max(0, ends.get(partition, 0) - position)
            ms = round(1000 * waiting.seconds(now, partition, position))
            is_held = ms > _HELD_AFTER_MS and position >= app.consumer.stable_end(TP(*partition))
            backlogs[partition] = Backlog(behind, ms, is_held)
        await processor.sign(watchdog.silent_seconds, backlogs)


def _keep(  # noqa: PLR0913 - all that keeping takes
    app: faust.App,
    settings: Settings,
    *,
    store: RedisStore,
    processor: Processor,
    probe: PrometheusProbe,
    decoder: CanonicalDecoder,
) -> None:
    keeper = Keeper(
        store,
        processor,
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
    """A batch makes many tuples and no cycles: looking for some costs a seventh of the speed (ADR 0003)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 50)
