"""On how many examples, or seeds, something is tried: on fewer where an answer is wanted within a minute."""

import os


def examples(count: int) -> int:
    """`count`, or an eighth of it with PANTAU_TEST_QUICK=1, but no fewer than five."""
    return max(count // 8, min(count, 5)) if os.environ.get("PANTAU_TEST_QUICK") == "1" else count
