"""`python -m tools.release VERSION`: what a release consists of, made from the working tree into `dist/`.

Writes the version, the heading of the CHANGELOG and the documents that name the version, then the wheel, the
bill of materials of what it runs with, and the digests of both. Commits, tags and uploads nothing.
"""

import hashlib
import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from packaging.version import InvalidVersion, Version

_ROOT = Path(__file__).parents[1]
_VERSION = re.compile(r'^__version__ = "(.*)"$', re.MULTILINE)
_UNRELEASED = "## [Unreleased]\n"
_FORM = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?")


class Refused(Exception):  # noqa: N818 - not an error of ours: what to do otherwise, in one line
    """There is no such release."""


def newer(code: str, version: str) -> str:
    """The module that holds the version, with the new one. Raises `Refused` unless that is newer."""
    found = _VERSION.search(code)
    if found is None:
        raise Refused("stream/__init__.py holds no version; __version__ is expected")
    if not _FORM.fullmatch(version):
        raise Refused(f"{version!r} is no version; 1.2.3 is accepted, or 1.2.3a1, 1.2.3b1, 1.2.3rc1")
    try:
        if Version(version) <= Version(found[1]):
            raise Refused(f"{version} is not newer than {found[1]}, which stream/__init__.py holds")
    except InvalidVersion as wrong:
        raise Refused(f"stream/__init__.py: {wrong}") from None
    return _VERSION.sub(f'__version__ = "{version}"', code)


def dated(changelog: str, version: str, day: date) -> str:
    """The CHANGELOG with what is unreleased under the new version. Raises `Refused` where that is nothing."""
    before, found, after = changelog.partition(_UNRELEASED)
    if not found:
        raise Refused("CHANGELOG.md has no heading '## [Unreleased]'")
    if "\n- " not in "\n" + after.partition("\n## [")[0]:
        raise Refused("CHANGELOG.md has nothing under '## [Unreleased]': say what a user gets")
    return f"{before}{_UNRELEASED}\n## [{version}] - {day.isoformat()}\n{after}"


def release(version: str, root: Path, day: date) -> list[Path]:
    """Make it in `root`; what lies in `dist/` by then. Raises `Refused` before anything is changed."""
    code, changelog = root / "stream" / "__init__.py", root / "CHANGELOG.md"
    texts = {
        code: newer(code.read_text(encoding="utf-8"), version),
        changelog: dated(changelog.read_text(encoding="utf-8"), version, day),
    }
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    dist = root / "dist"
    bill = dist / f"pantau-{version}.cdx.json"
    wheel = ["pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir"]
    # Each in a process of its own: what is imported here is of the version before.
    _run(root, "-m", "tools.docs")
    _run(root, "-m", *wheel, str(dist), ".")
    _run(root, str(root / ".ci" / "bill.py"), str(bill))
    made = sorted([dist / f"pantau-{version}-py3-none-any.whl", bill])
    sums = dist / "SHA256SUMS"
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in made]
    sums.write_text("".join(lines), encoding="utf-8")
    return [*made, sums]


def _run(root: Path, *arguments: str) -> None:
    # What is imported is the tree that is released, wherever the tools are installed.
    tree = os.environ | {"PYTHONPATH": str(root)}
    subprocess.run([sys.executable, *arguments], cwd=root, env=tree, check=True)  # noqa: S603 - our own tools


def main() -> int:
    """Make the release that is named; exits 2 where there is no such release, 1 where a step fails."""
    given = sys.argv[1:]
    try:
        if len(given) != 1:
            raise Refused("name the version: make release VERSION=1.2.3")  # noqa: TRY301 - told as others are
        made = release(given[0], _ROOT, datetime.now(UTC).date())
    except Refused as refused:
        sys.stderr.write(f"release: {refused}\n")
        return 2
    except subprocess.CalledProcessError as failed:
        sys.stderr.write(f"release: {' '.join(failed.cmd)} exits {failed.returncode}\n")
        return 1
    for path in made:
        print(path.relative_to(_ROOT))  # noqa: T201 - what it made is what it says
    print(f"look at it, then: git commit -am 'Releases {given[0]}' && git tag v{given[0]}")  # noqa: T201 - as above
    return 0


if __name__ == "__main__":
    sys.exit(main())
