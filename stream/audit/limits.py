"""Admission of names to a partition, in the order of its records; see `names.sql`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence


def let_in(events: Iterable[Sequence[str]], most: Mapping[str, int]) -> set[str]:
    """The admitted names, as kind, tab, name. `events` has the names of each event in order.

    An event with one name too many admits none. A full kind stays full, so equal sets of names need only one
    check.
    """
    held, used = set[str](), Counter[str]()
    for names in events:
        new = [name for name in names if name not in held]
        kinds = Counter(name.partition("\t")[0] for name in new)
        if all(used[kind] + count <= most[kind] for kind, count in kinds.items()):
            held.update(new)
            used += kinds
    return held
