"""Whether too much of what a partition holds is refused: then it halts, and is not passed over whole."""

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple, Self

from stream.errors import RejectReason, said

#: A share is taken over so many records, and of no fewer than the second.
WINDOW_RECORDS, LEAST_RECORDS = 1_000, 500


class Halted(Exception):  # noqa: N818 - not an error of ours: somebody sends what cannot be read
    """A partition is to stand still where it is: why, in a word and in a sentence, and what is to be done."""

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


class Recent(NamedTuple):
    """The last records of a partition: how many were read, and the numbers of those refused among them.

    `reason` is why the latest of these was.
    """

    read: int = 0
    refused: tuple[int, ...] = ()
    reason: RejectReason = RejectReason.SCHEMA

    def after(self, records: int, refused: Iterable[tuple[int, RejectReason]], *, most_ratio: float) -> Self:
        """What is recent after a batch, of which these (number from 1, reason) were refused in order.

        Raises `RejectRateExceeded` once more than `most_ratio` of the window is refused, however batched.
        """
        held, last = deque(self.refused), self.reason
        least, read = LEAST_RECORDS - self.read, self.read + records
        for number, reason in refused:
            if 0 < least < number:  # the first share there is, whatever record completes it
                _check(held, LEAST_RECORDS, last, most_ratio)
                least = 0
            held.append(self.read + number)
            last = reason
            _check(held, self.read + number, last, most_ratio)
        if 0 < least < records:
            _check(held, LEAST_RECORDS, last, most_ratio)
        _check(held, read, last, most_ratio)
        return type(self)(read, tuple(held), last)


def _check(held: deque[int], read: int, reason: RejectReason, most_ratio: float) -> None:
    while held and held[0] <= read - WINDOW_RECORDS:
        held.popleft()
    of = min(read, WINDOW_RECORDS)
    if of >= LEAST_RECORDS and len(held) > most_ratio * of:
        raise RejectRateExceeded(len(held), of, reason)
