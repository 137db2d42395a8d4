"""What is a flood of refusals, and that it is one however the records are batched."""

from collections.abc import Iterable

import pytest

from stream.errors import RejectReason
from stream.worker.reject_rate import RejectRateExceeded, RejectWindow

pytestmark = pytest.mark.pure

GOOD, BAD = "-", "x"


def read(records: str, *, batch: int, ratio: float = 0.5) -> RejectWindow:
    """Read records a batch at a time."""
    recent = RejectWindow()
    for first in range(0, len(records), batch):
        part = records[first : first + batch]
        recent = recent.after(len(part), refused(part), most_ratio=ratio)
    return recent


def refused(part: str) -> Iterable[tuple[int, RejectReason]]:
    return [(n, RejectReason.JSON) for n, record in enumerate(part, 1) if record == BAD]


@pytest.mark.parametrize("batch", [1, 7, 100, 500, 4_000])
@pytest.mark.parametrize(
    ("records", "refused", "of"),
    [
        (BAD * 600, 500, 500),
        (GOOD * 5_000 + BAD * 600, 501, 1_000),
        ((BAD * 2 + GOOD) * 300, 334, 500),
        (BAD * 251 + GOOD * 3_000, 251, 500),
    ],
)
def test_more_than_half_of_the_window_is_a_flood_however_it_is_batched(
    records: str, refused: int, of: int, batch: int
) -> None:
    with pytest.raises(RejectRateExceeded) as told:
        read(records, batch=batch)
    assert told.value.reason is RejectReason.JSON
    if batch == 1 or of == 1_000:
        assert (told.value.refused, told.value.of) == (refused, of)


@pytest.mark.parametrize("batch", [1, 7, 100, 4_000])
@pytest.mark.parametrize(
    "records",
    [
        BAD * 499,
        GOOD * 1_000 + BAD * 500 + GOOD * 1_000 + BAD * 500,
        (GOOD + BAD) * 2_000,
        (GOOD * 99 + BAD) * 100,
    ],
)
def test_poison_in_smaller_shares_is_none(records: str, batch: int) -> None:
    assert read(records, batch=batch).read == len(records)


def test_a_share_of_one_is_never_exceeded() -> None:
    assert len(read(BAD * 5_000, batch=100, ratio=1).refused) == 1_000


def test_what_is_remembered_is_bounded() -> None:
    recent = read(BAD * 3_000 + GOOD * 999, batch=333, ratio=1)
    assert recent == RejectWindow(3_999, (3_000,), RejectReason.JSON)
