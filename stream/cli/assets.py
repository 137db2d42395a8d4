"""`pantau assets`."""

from pathlib import Path
from typing import Annotated

import typer

from stream.assets import KINDS, write


def assets(
    to: Annotated[Path, typer.Option(help="The folder to write to; created if missing.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Overwrite existing files that differ.")
    ] = False,
) -> None:
    """Write the alert rules, dashboards and example settings that come with Pantau.

    The folders are those that docker-compose.yml mounts. If an existing file differs, nothing is written
    without --overwrite.
    """
    written = write(to, overwrite=overwrite)
    typer.echo(f"{written} files written to {to}: {', '.join(KINDS)}")
