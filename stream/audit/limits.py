"""Which names a partition lets in, gone through in the order of its records; see `names.sql`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence


def let_in(told: Iterable[Sequence[str]], most: Mapping[str, int]) -> set[str]:
    """The names that a partition has room for: kind, tab, name. `told`: names of one event, first come first.

    An event one of whose names is too many brings none. A kind that is full stays full, so what was told
    together once need not be looked at again.
    """
    held, used = set[str](), Counter[str]()
    for names in told:
        new = [name for name in names if name not in held]
        kinds = Counter(name.partition("\t")[0] for name in new)
        if all(used[kind] + count <= most[kind] for kind, count in kinds.items()):
            held.update(new)
            used += kinds
    return held
