"""Pantau as the Dockerfile installs it: its wheel beside the packages of the lock for running, no others."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


@dataclass(frozen=True)
class Production:
    """An installation, with nothing but what it may have: a Python, and a folder to work in."""

    python: Path
    folder: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs, away from the repository and from what the caller's Python has."""
        program = self.python.with_name(command[0])
        return subprocess.run(
            [program, *command[1:]],
            cwd=self.folder,
            env={"PATH": str(self.python.parent), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def installed(folder: Path) -> Production:
    """Install Pantau into a folder by the steps of the Dockerfile."""
    context, home = folder / "src", folder / "pantau"
    copied(context)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    (packages,) = home.glob("lib/python*/site-packages")
    for path in locked_paths():
        (packages / path.name).symlink_to(path)
    places = {"/opt/build/bin/pip": f"{sys.executable} -m pip", "/opt/pantau": home, "/dist": folder / "dist"}
    for step in steps():
        for there, here in places.items():
            step = step.replace(there, str(here))  # noqa: PLW2901 - the same step, here
        done = subprocess.run(step, shell=True, cwd=context, capture_output=True, text=True, check=False)  # noqa: S602 - as the Dockerfile has it
        assert done.returncode == 0, f"{step}: {done.stdout}{done.stderr}"
    work = folder / "work"
    work.mkdir()
    return Production(home / "bin" / "python", work)


def held_by_git(below: Iterable[str]) -> list[str]:
    """The files that git holds, or would, below these folders of the project."""
    listed = [
        "git",
        "-C",
        str(ROOT),
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
        "--",
        *below,
    ]
    return subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")[:-1]


def copied(context: Path) -> None:
    """Copy what the Dockerfile copies, of what git holds."""
    asked = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
        for name in line.split()
    ]
    for name in held_by_git(asked):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, context / name, follow_symlinks=False)


def steps() -> Iterator[str]:
    """What the Dockerfile runs to make the wheel and to install it; what the locks name is here already."""
    stage = DOCKERFILE.split("\nFROM ")[1].replace("\\\n", " ")
    for block in re.findall(r"^RUN (.+)$", stage, flags=re.MULTILINE):
        yield from (
            step.strip() for step in block.split("&&") if "venv" not in step and "-r locks/" not in step
        )


def locked_paths() -> set[Path]:
    """What the packages of the lock for running have put into this Python."""
    text = (ROOT / "locks" / "run.txt").read_text()
    lines = [line.split(" \\")[0] for line in text.splitlines() if line[:1] not in {"#", " ", ""}]
    packages = [Requirement(line) for line in lines]
    return {
        Path(str(of.locate_file(file.parts[0])))
        for package in packages
        if package.marker is None or package.marker.evaluate()
        for of in [distribution(package.name)]
        for file in of.files or ()
        if file.parts[0] not in {"..", "__pycache__"}
    }
