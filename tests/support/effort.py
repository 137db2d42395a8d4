"""On how many examples, or seeds, something is tried: on fewer where an answer is wanted within a minute."""

import os


def examples(count: int) -> int:
    """`count`, or a quarter of it with PANTAU_TEST_QUICK=1."""
    return max(10, count // 4) if os.environ.get("PANTAU_TEST_QUICK") == "1" else count
