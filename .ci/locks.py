"""Writes the locks from pyproject.toml, or says where they and it disagree, without a network.

    locks.py write [--upgrade]    what is locked stays where it can; `--upgrade` takes the newest allowed
    locks.py check                exits 1 and names each disagreement

A lock names every package that an installation needs, on every platform and Python, with its version and the
digests of all its files.
"""

import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name as canonical

_ROOT = Path(__file__).parents[1]
#: What each lock is for, as the extras of Pantau that it brings; `build` is for what makes a wheel of it.
LOCKS = {"dev": "dev", "demo": "demo", "run": "", "build": None}
_HOW = (
    *("--universal", "--generate-hashes", "--no-annotate", "--quiet"),
    *("--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make locks"),
)
#: Where the locks must hold: each Python from the oldest on, on each platform.
_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_PLATFORMS = (("Linux", "linux", "x86_64"), ("Linux", "linux", "aarch64"), ("Darwin", "darwin", "arm64"))
ENVIRONMENTS = [
    {
        "python_version": python,
        "python_full_version": f"{python}.9",
        "platform_system": system,
        "sys_platform": name,
        "platform_machine": machine,
    }
    for python in _PYTHONS
    for system, name, machine in _PLATFORMS
]


def main(arguments: list[str]) -> int:
    """Do what is asked; exits 1 where the locks disagree with pyproject.toml or cannot be written."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    match arguments:
        case ["check"]:
            found = [line for name in LOCKS for line in disagreements(name, project, _file(name).read_text())]
            print("\n".join(found), end="\n" if found else "", file=sys.stderr)
            return 1 if found else 0
        case ["write", *how]:
            return max(write(name, project, how) for name in LOCKS)
        case _:
            print(f"locks.py: {arguments}: give `check`, `write` or `write --upgrade`", file=sys.stderr)
            return 2


def declared(name: str, project: Mapping[str, Any]) -> list[Requirement]:
    """What pyproject.toml asks for in the installation that a lock is for."""
    if LOCKS[name] is None:
        return [Requirement(text) for text in project["build-system"]["requires"]]
    texts = project["project"]["dependencies"]
    return [Requirement(text) for text in texts] + list(_of_extra(LOCKS[name], project["project"]))


def _of_extra(extra: str | None, project: Mapping[str, Any]) -> Iterator[Requirement]:
    for text in project["optional-dependencies"][extra] if extra else ():
        asked = Requirement(text)
        if asked.name != project["name"]:
            yield asked
        for more in asked.extras if asked.name == project["name"] else ():
            yield from _of_extra(more, project)


def locked(text: str) -> dict[str, Requirement]:
    """The packages of a lock by their names."""
    lines = (line.split(" \\")[0] for line in text.splitlines() if line[:1] not in {"#", " ", ""})
    return {canonical(each.name): each for each in map(Requirement, lines)}


def applies(package: Requirement) -> bool:
    """Whether a package of a lock is installed on this machine."""
    return package.marker is None or package.marker.evaluate()


def disagreements(name: str, project: Mapping[str, Any], text: str) -> list[str]:
    """A line for each package that is asked for otherwise than it is locked, or locked and not asked for."""
    asked, held = declared(name, project), locked(text)
    needed = _needed(asked)
    here = {package for package, each in held.items() if applies(each)}
    anew = "write the locks anew with `make locks`"
    said = [f"{each} is asked for and not locked; {anew}" for each in _missing(asked, held, needed)]
    said += [f"{package} is locked and not asked for; {anew}" for package in sorted(here - needed.keys())]
    said += [_other(held[package], there) for package, there in needed.items() if package in here and there]
    return [f"locks/{name}.txt: {line}" for line in said if line]


def _missing(
    asked: list[Requirement], held: Mapping[str, Requirement], needed: Mapping[str, str | None]
) -> list[str]:
    direct = [str(each) for each in asked if not all(_holds(each, held, where) for where in ENVIRONMENTS)]
    named = {canonical(each.name) for each in asked}
    return direct + sorted(package for package in needed if package not in held.keys() | named)


def _other(held: Requirement, there: str) -> str:
    if held.specifier.contains(there, prereleases=True):
        return ""
    return f"{held.name}{held.specifier} is locked and {there} is installed; install what is locked"


def _holds(asked: Requirement, held: Mapping[str, Requirement], where: dict[str, str]) -> bool:
    """Whether a lock has what is asked for in an environment."""
    if asked.marker is not None and not asked.marker.evaluate(where):
        return True
    found = held.get(canonical(asked.name))
    if found is None or not (found.marker is None or found.marker.evaluate(where)):
        return False
    (pin,) = found.specifier
    return asked.specifier.contains(pin.version, prereleases=True)


def _needed(asked: list[Requirement]) -> dict[str, str | None]:
    """Every package that these need on this machine, as what is installed tells, with its version here."""
    needed: dict[str, str | None] = {}
    seen: set[tuple[str, str]] = set()
    left = [(each, "") for each in asked]
    while left:
        each, extra = left.pop()
        if each.marker is not None and not each.marker.evaluate({"extra": extra}):
            continue
        package = canonical(each.name)
        needed[package] = _installed(package)
        for wanted in {"", *each.extras}:
            if needed[package] and (package, wanted) not in seen:
                seen.add((package, wanted))
                left += [(Requirement(text), wanted) for text in requires(package) or ()]
    return needed


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def write(name: str, project: Mapping[str, Any], how: list[str]) -> int:
    """Write a lock, by what the first of them has chosen."""
    program = Path(sys.executable).with_name("uv")
    oldest = project["project"]["requires-python"].removeprefix(">=")
    written = str(_file(name).relative_to(_ROOT))
    command = [
        str(program),
        "pip",
        "compile",
        *_HOW,
        "--python-version",
        oldest,
        *how,
        "--output-file",
        written,
    ]
    command += _source(name)
    asked = "\n".join(map(str, declared(name, project)))
    return subprocess.run(command, cwd=_ROOT, input=asked, text=True, check=False).returncode  # noqa: S603 - our own tool


def _source(name: str) -> list[str]:
    if LOCKS[name] is None:
        return ["-"]
    extra = ["--extra", str(LOCKS[name])] if LOCKS[name] else []
    same = [] if name == "dev" else ["--constraint", "locks/dev.txt"]
    return ["pyproject.toml", *extra, *same]


def _file(name: str) -> Path:
    return _ROOT / "locks" / f"{name}.txt"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
