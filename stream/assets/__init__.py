"""What comes with Pantau besides its code: alert rules and runbooks, dashboards, example settings.

The folders here are links to those of the repository; a wheel holds what they lead to.
"""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from stream.errors import PantauError

#: Each is a folder here, and becomes one of the same name.
KINDS = ("alerts", "examples", "grafana")


def assets() -> dict[str, bytes]:
    """The content of each file by its path below the folder that it is written to."""
    return dict(found for kind in KINDS for found in _below(files(__package__) / kind, kind))


def _below(place: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    if place.is_file():
        yield path, place.read_bytes()
        return
    for each in sorted(place.iterdir(), key=lambda each: each.name):
        yield from _below(each, f"{path}/{each.name}")


def write(folder: Path, *, overwrite: bool) -> int:
    """Write every file below `folder`, and tell how many; those that are there and equal are left alone.

    Raises `PantauError` where the folder does not take them, and, before anything is written, where a file is
    there with another content and `overwrite` is not given.
    """
    try:
        new = {path: content for path, content in assets().items() if _held(folder / path) != content}
        if not overwrite:
            _refuse(folder, [path for path in new if (folder / path).exists()])
        for path, content in new.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
    except OSError as failure:
        raise PantauError(
            f"{failure.filename}: cannot be written: {failure.strerror}; give --to a folder that takes files"
        ) from None
    return len(new)


def _refuse(folder: Path, changed: list[str]) -> None:
    if changed:
        others = f", and {len(changed) - 1} more are" if changed[1:] else ""
        raise PantauError(
            f"{folder / changed[0]} is there with another content{others}; nothing is written; "
            "give --overwrite to lose that, or another folder"
        )


def _held(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None
