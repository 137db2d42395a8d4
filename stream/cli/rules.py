"""`pantau rules`."""

from difflib import unified_diff
from pathlib import Path
from shutil import which
from subprocess import run
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from stream.alerting.files import TEMPLATES, files
from stream.assets import assets
from stream.errors import PantauError
from stream.settings import load_settings

#: What checks a file that is loaded by another program than ours, by where the file lies.
_CHECKS = {
    "alerts/rules/": ("promtool", "check", "rules"),
    "alerts/alertmanager.yml": ("amtool", "check-config"),
}
#: How amtool calls what a later Alertmanager knows.
_TOO_OLD = "not found in type"
_SECONDS = 60


def rules(
    to: Annotated[Path, typer.Option(help="The folder with alerts/ and grafana/; made where it is missing.")],
    config: Annotated[
        Path | None, typer.Option(help="The settings file; left out, that of PANTAU_CONFIG, or the defaults.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 where what is there is not what would be.")
    ] = False,
) -> None:
    """Write the alerts of a site: rules, the configuration of Alertmanager, and Grafana's alerts.

    They follow from the section [alerts] and the calendars of the settings. What changes is shown; before
    anything is written, promtool and amtool look at it, where they are installed.
    """
    found = files(load_settings(config=config).file, assets()[TEMPLATES].decode())
    changed = {path: text for path, text in found.items() if _held(to / path) != text}
    for path, text in changed.items():
        typer.echo(_difference(path, _held(to / path), text), nl=False)
    for said in _checked(found):
        typer.echo(said)
    typer.echo(f"{len(changed)} of {len(found)} files {'differ from' if check else 'written to'} {to}")
    if check and changed:
        raise typer.Exit(1)
    if not check:
        _write(to, changed)


def _held(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _difference(path: str, before: str, after: str) -> str:
    if not before:
        return f"{path}: new, {len(after.splitlines())} lines\n"
    lines = unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), path, path, n=1)
    return "".join(lines)


def _checked(found: dict[str, str]) -> list[str]:
    """What the programs that load the files say of them. Raises `PantauError` where one refuses a file."""
    with TemporaryDirectory() as folder:
        _write(Path(folder), found)
        return [_check(begin, command, Path(folder), found) for begin, command in _CHECKS.items()]


def _check(begin: str, command: tuple[str, ...], folder: Path, found: dict[str, str]) -> str:
    program = which(command[0])
    if program is None:
        return f"{command[0]} is not installed here: {begin} is not checked"
    paths = [str(folder / path) for path in found if path.startswith(begin)]
    done = run([program, *command[1:], *paths], capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - by its path
    if done.returncode:
        if _TOO_OLD in done.stderr + done.stdout:
            return f"{command[0]} here is older than a receiver needs: {begin} is not checked"
        said = " ".join((done.stdout + done.stderr).replace(f"{folder}/", "").split())
        raise PantauError(f"{command[0]} refuses {begin}; nothing is written: {said}")
    return f"{command[0]} accepts {begin}"


def _write(folder: Path, texts: dict[str, str]) -> None:
    try:
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except OSError as failure:
        raise PantauError(
            f"{failure.filename}: cannot be written: {failure.strerror}; give --to a folder that takes files"
        ) from None
