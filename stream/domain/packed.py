"""Tallies packed into some tens of bytes each: a reader of thousands of queues holds millions of numbers.

Field names are replaced by numbers, given in the order in which this process meets the names. So only the
same process can unpack a tally.
"""

from collections.abc import Iterator, Mapping

from msgspec.msgpack import Decoder, Encoder

from stream.domain.tally import Tally, merge

_encode = Encoder().encode
_flat = Decoder(list[int]).decode
_parts = Decoder(list[list[int]]).decode
_NOTHING = _encode([])


class _Numbers(dict[str, int]):
    """The number of each name, assigned at first use."""

    def __missing__(self, name: str) -> int:
        self[name] = number = len(_NAMES)
        _NAMES.append(name)
        return number


_NAMES: list[str] = []
_NUMBERS = _Numbers()


def pack(tally: Mapping[str, int]) -> bytes:
    """A tally as bytes."""
    return _encode(_numbered(tally))


def unpack(packed: bytes) -> Tally:
    """The tally that `pack` was given."""
    return _tally(_flat(packed))


class PackedPanes(Mapping[int, Tally]):
    """Panes by their start in ms; each is the sum of the tallies of several partitions."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[int, bytes] = {}

    def put(self, start_ms: int, source: int, tally: Tally) -> Tally:
        """Replace the tally of one partition in a pane; return the change of the pane."""
        held, before = [], _NOTHING_BOOKED
        for part in _parts(self._held.get(start_ms, _NOTHING)):
            if part[0] == source:
                before = _tally(part[1:])
            else:
                held.append(part)
        if tally:
            held.append([source, *_numbered(tally)])
        if held:
            self._held[start_ms] = _encode(held)
        else:
            self._held.pop(start_ms, None)
        delta = dict(tally)
        merge(delta, before, -1)
        return delta

    def booked_by(self, source: int) -> list[int]:
        """The starts of the panes in which a partition has a tally."""
        return [at for at, packed in self._held.items() if any(part[0] == source for part in _parts(packed))]

    def __getitem__(self, start_ms: int) -> Tally:
        """The sum over partitions."""
        first, *more = _parts(self._held[start_ms])
        total = _tally(first[1:])
        for part in more:
            merge(total, _tally(part[1:]))
        return total

    def __delitem__(self, start_ms: int) -> None:
        """Delete a pane."""
        del self._held[start_ms]

    def __contains__(self, start_ms: object) -> bool:
        """Whether a pane has any tally."""
        return start_ms in self._held

    def __iter__(self) -> Iterator[int]:
        """The starts of the panes."""
        return iter(self._held)

    def __len__(self) -> int:
        """The number of panes."""
        return len(self._held)


_NOTHING_BOOKED: Tally = {}


def _numbered(tally: Mapping[str, int]) -> list[int]:
    return [number for name, amount in tally.items() for number in (_NUMBERS[name], amount)]


def _tally(numbers: list[int]) -> Tally:
    return dict(zip(map(_NAMES.__getitem__, numbers[::2]), numbers[1::2], strict=True))
