"""`pantau assets`."""

from pathlib import Path
from typing import Annotated

import typer

from stream.assets import KINDS, write


def assets(
    to: Annotated[Path, typer.Option(help="The folder that they are written to; made where it is missing.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write over files that are there with another content.")
    ] = False,
) -> None:
    """Write what comes with Pantau besides its code: alert rules, dashboards, example settings.

    The folders are those that docker-compose.yml mounts. Files that are there and equal are left alone; where
    one differs, nothing is written without --overwrite.
    """
    written = write(to, overwrite=overwrite)
    typer.echo(f"{written} files written to {to}: {', '.join(KINDS)}")
