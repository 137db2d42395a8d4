"""What a part of the soak found."""

from dataclasses import dataclass, field


@dataclass
class Result:
    """Counts by name in the order shown, curves as lines, and each violation with how to replay it."""

    part: str
    counts: dict[str, int] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    curves: list[str] = field(default_factory=list)
