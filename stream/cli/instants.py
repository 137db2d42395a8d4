"""An instant as the value of an option."""

from typing import Self

import typer

from stream.domain.instant import instant_ms


class Instant(int):
    """Milliseconds since 1970, given as an RFC 3339 time: `typer.Option(parser=Instant.of)`."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read the value; raises `typer.BadParameter`, which names the option."""
        try:
            return cls(instant_ms(text))
        except ValueError:
            raise typer.BadParameter(
                f"{text!r} is not an RFC 3339 time; give one like 2026-11-21T08:00:00Z"
            ) from None
