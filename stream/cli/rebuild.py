"""`pantau rebuild`."""

import asyncio
import json
from typing import Annotated

import typer
from rich.progress import Progress as Bars

from stream.access import Access
from stream.cli.progress import progress
from stream.clock import now_ms
from stream.domain.rulebook import Wanted, renewed
from stream.errors import BadSettings, PantauError
from stream.settings import load_settings
from stream.store.opening import opened
from stream.store.partition import Partition
from stream.store.ports import OperatorStore
from stream.store.rebuild import RebuildStatus

_LOOK_SECONDS = 0.5


def rebuild(
    wait: Annotated[
        float, typer.Option(min=1, help="Seconds until the workers must have taken the request up.")
    ] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Rebuild all state from Kafka while the board keeps showing the state it has.

    Workers rebuild all partitions at once, and the board switches over as each is done. Changes of the
    settings that wait for a rebuild take effect then; all else keeps its definitions. Exits 0 when all are
    done; exits 1 if nothing is stored, if no worker takes a partition up in time, or if Redis is away.
    After Ctrl-C (130) the workers go on. In JSON, `lost` counts records that Kafka no longer had.
    """
    settings = load_settings()
    with progress() as display:
        found = asyncio.run(_rebuild(settings.redis_access(), settings.wanted(), wait, display))
    rows = [{"topic": at.topic, "partition": at.number, "lost": status.lost} for at, status in found.items()]
    lost = sum(status.lost for status in found.values())
    if as_json:
        typer.echo(json.dumps({"partitions": rows, "lost": lost}))
    else:
        typer.echo(f"{len(rows)} partitions were rebuilt" + (f"; {lost} records were gone" if lost else ""))


async def _rebuild(
    redis: Access, wanted: Wanted, wait: float, display: Bars
) -> dict[Partition, RebuildStatus]:
    async with opened(redis) as store:
        partitions = await store.partitions()
        if not partitions:
            raise PantauError("nothing is stored yet; start a worker, which reads what Kafka has")
        await _renew(store, wanted)
        for partition in partitions:
            await store.request(partition)
        return await _follow(store, partitions, wait, display)


async def _renew(store: OperatorStore, wanted: Wanted) -> None:
    """Apply to the rulebook what waits for a rebuild. Our file must be one that workers have followed."""
    while book := await store.rulebook():
        if not (book.has_followed(wanted) or book.is_full):
            raise BadSettings(
                f"the settings file of this command (fingerprint {wanted.fingerprint}) is none that workers "
                f"follow (theirs has {book.fingerprint}): name theirs in PANTAU_CONFIG"
            )
        now = now_ms()
        if book.fingerprint == wanted.fingerprint and not book.waiting(wanted, now):
            return
        new = renewed(book, wanted, now_ms=now, booked_ms=await store.booked_ms())
        if (await store.put_rulebook(new, over=book.id)).generation == new.generation:
            return


async def _follow(
    store: OperatorStore, partitions: list[Partition], wait: float, display: Bars
) -> dict[Partition, RebuildStatus]:
    """Show the progress of each partition until all are done."""
    bars = {at: display.add_task(f"{at.topic} {at.number}", total=None, rate="") for at in partitions}
    until = asyncio.get_running_loop().time() + wait
    while True:
        found = {at: await store.rebuild_status(at) for at in partitions}
        for at, (_, plan, _lost) in found.items():
            if plan is not None:
                display.update(bars[at], total=plan.target - plan.start, completed=plan.position - plan.start)
        asked = [at for at, status in found.items() if status.requested]
        if not asked and all(status.rebuild is None for status in found.values()):
            return found
        if asked and asyncio.get_running_loop().time() > until:
            at = asked[0]
            raise PantauError(
                f"no worker took up {at.topic} {at.number} within {wait:g} s; are workers running?"
            )
        await asyncio.sleep(_LOOK_SECONDS)
