"""What a recomputation is given beside the log: settings as plain rows of the tables in `given.sql`."""

from dataclasses import dataclass, field

Row = tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """Rows by table; see `given.sql` for what their columns mean."""

    rows: dict[str, list[Row]] = field(default_factory=dict)


def plain_terms(*, contacts_ms: int, agents_ms: int) -> Terms:
    """The terms of a centre without a settings file; retention as given, in ms."""
    return Terms(
        {
            "setting": [
                ("contacts_ms", str(contacts_ms)),
                ("agents_ms", str(agents_ms)),
                ("stale_after_ms", "360000"),
                ("grace_ms", "60000"),
                ("min_contacts", "20"),
                ("goal_millionths", "800000"),
            ],
            "definition": [
                (
                    "",
                    "",
                    0,
                    20_000,
                    5_000,
                    "drop_short",
                    "decided",
                    "exclude",
                    "exclude",
                    "connected",
                    20,
                    800_000,
                ),
            ],
            "clock": [("", "", "UTC", 0)],
            "stuck": [("voice", 7_200_000), ("chat", 86_400_000)],
        }
    )
