"""Halts a partition of which too much is refused: it would be passed over whole."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, Self

from stream.errors import RejectReason, said

#: The share of refused records is that of so many at most, and of so many at least.
WINDOW_RECORDS, LEAST_RECORDS = 1_000, 500


class Halted(Exception):  # noqa: N818 - not an error of ours: somebody sends what cannot be read
    """A partition must stand still where it is. `reason` says why in a word, the text in a sentence."""

    def __init__(self, reason: str, why: str, remedy: str) -> None:
        super().__init__(f"{why}; nothing was passed over: {remedy}")
        self.reason = reason


class RejectRateExceeded(Halted):
    """Of the last `of` records so many were refused, mostly for `reason`; the batch was left where it is."""

    def __init__(self, refused: int, of: int, reason: RejectReason) -> None:
        super().__init__(
            reason,
            f"{refused} of the last {of:,} records refused, mostly as {reason}",
            "mend the source, run a worker that reads it, or let it pass with PANTAU_REJECT_LIMIT_RATIO=1",
        )
        self.refused, self.of = refused, of


class Unfetched(Halted):
    """The client cannot read what lies at an offset: it is damaged, or packed in a way unknown to it."""

    def __init__(self, offset: int, failure: Exception) -> None:
        super().__init__(
            "unfetched",
            f"what lies at offset {offset} cannot be read ({said(failure)})",
            "run a worker whose Kafka client reads it; what is damaged for good is passed over by having "
            "Kafka delete the records up to behind it, with kafka-delete-records.sh",
        )


class RejectWindow(NamedTuple):
    """The last records of a partition: how many were read ever, and the numbers of those that were refused.

    `reason` is why the latest of these was.
    """

    read: int = 0
    refused: tuple[int, ...] = ()
    reason: RejectReason = RejectReason.SCHEMA

    def after(self, records: int, refused: Iterable[tuple[int, RejectReason]], *, most_ratio: float) -> Self:
        """The window after a batch, of which these (number from 1, reason) were refused in order.

        Raises `RejectRateExceeded` once more than `most_ratio` of the window is refused, however batched.
        """
        numbers, last = deque(self.refused), self.reason
        least, read = LEAST_RECORDS - self.read, self.read + records
        # Wherever batches end, the same record trips it: so a share is checked at each refused record, which
        # alone raises it, and where the window is first filled to `LEAST_RECORDS`.
        for number, reason in refused:
            if 0 < least < number:
                _check(numbers, LEAST_RECORDS, last, most_ratio)
                least = 0
            numbers.append(self.read + number)
            last = reason
            _check(numbers, self.read + number, last, most_ratio)
        if 0 < least < records:
            _check(numbers, LEAST_RECORDS, last, most_ratio)
        _check(numbers, read, last, most_ratio)
        return type(self)(read, tuple(numbers), last)


def _check(numbers: deque[int], read: int, reason: RejectReason, most_ratio: float) -> None:
    while numbers and numbers[0] <= read - WINDOW_RECORDS:
        numbers.popleft()
    of = min(read, WINDOW_RECORDS)
    if of >= LEAST_RECORDS and len(numbers) > most_ratio * of:
        raise RejectRateExceeded(len(numbers), of, reason)
