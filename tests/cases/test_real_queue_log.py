"""What a real Asterisk wrote, in whole seconds and without numbers of visits, is read as it was.

The log and the truth about it, counted from its rows by a program that knows nothing of Pantau, lie outside
of the project; without them this is skipped, loudly.
"""

import json
import random
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from stream.domain.contact.visit import Visit, visits
from stream.domain.fact import Fact
from stream.domain.kinds import Kind

pytestmark = pytest.mark.pure

_FOLDER = Path(__file__).parents[3] / "shared" / "data" / "asterisk"
KINDS = {
    "ENTERQUEUE": Kind.VISIT_QUEUED,
    "CONNECT": Kind.VISIT_ANSWERED,
    "ABANDON": Kind.VISIT_ABANDONED,
    **dict.fromkeys(["EXITWITHTIMEOUT", "EXITEMPTY", "EXITWITHKEY", "WITHDRAW"], Kind.VISIT_LEFT),
    **dict.fromkeys(["COMPLETECALLER", "COMPLETEAGENT", "BLINDTRANSFER", "ATTENDEDTRANSFER"], Kind.LEG_ENDED),
    **dict.fromkeys(["RINGNOANSWER", "RINGCANCELED"], Kind.OFFER_DECLINED),
}
#: The names of the truth, of what we count.
NAMES = {
    "entered": "entered",
    "connected": "connected",
    "connected_within_20s": "in_target",
    "abandoned": "abandoned",
    "abandoned_wait_le_5": "short",
    "hold_sum_s": "waited",
    "abandon_wait_sum_s": "abandoned_after",
    "talk_sum_s": "talked",
}


@pytest.fixture(scope="module")
def folder() -> Path:
    if not (_FOLDER / "queue_log").is_file():
        pytest.skip(f"NOT TESTED: there is no queue log of a real Asterisk at {_FOLDER}")
    return _FOLDER


def facts_of(log: Path) -> dict[str, list[Fact]]:
    """The facts of each call: an identity says no more than that a row is another one."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for line, row in enumerate(log.read_text().splitlines()):
        at, call, queue, agent, event, *_ = row.split("|")
        if event not in KINDS:
            continue
        kind = KINDS[event]
        a = {Kind.VISIT_QUEUED: queue, Kind.VISIT_LEFT: "timeout", Kind.VISIT_ABANDONED: ""}.get(kind, agent)
        b = "voice" if kind == Kind.VISIT_QUEUED else "blind" if event.endswith("TRANSFER") else ""
        found[call].append(Fact(int(at) * 1000, int(kind), f"/asterisk\t{line * 7919 % 10_007}", 0, a, b))
    return found


def counted(found: list[Visit]) -> Counter[str]:
    sums: Counter[str] = Counter(entered=len(found))
    for visit in found:
        wait_s = visit.wait_ms // 1000
        if visit.exit_kind == Kind.VISIT_ANSWERED:
            sums.update(connected=1, in_target=int(wait_s <= 20), waited=wait_s)
            sums.update(talked=(visit.ended_ms - visit.connected_ms) // 1000, joined=len(visit.joined))
        elif visit.exit_kind == Kind.VISIT_ABANDONED:
            sums.update(abandoned=1, short=int(wait_s <= 5), abandoned_after=wait_s)
    return sums


@pytest.mark.parametrize("seed", range(5))
def test_every_queue_comes_to_what_its_log_says_in_any_order(folder: Path, seed: int) -> None:
    truth = json.loads((folder / "truth.json").read_text())["per_queue"]
    chance, by_queue = random.Random(seed), defaultdict(list)
    for facts in facts_of(folder / "queue_log").values():
        chance.shuffle(facts)
        for visit in visits(facts):
            by_queue[visit.queue].append(visit)
    assert set(by_queue) == {"sales", "support", "vip"}
    for queue, found in by_queue.items():
        sums = counted(found)
        assert {name: sums[ours] for name, ours in NAMES.items()} == {
            name: truth[queue][name] for name in NAMES
        }
        assert sums["joined"] == 0
