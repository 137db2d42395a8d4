"""`make release`, in a copy of the repository: what it makes is of the new version, and can be installed."""

import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
VENV = Path(sys.prefix)
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "build", "dist", "target", "*.egg-info", "__pycache__", ".*_cache"
)


def make(tree: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # What is installed is as new as the copy, whose files keep their times.
    command = [
        "make",
        "--no-print-directory",
        "-o",
        f"{VENV}/.installed-dev",
        "release",
        f"VENV={VENV}",
        *arguments,
    ]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=240)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(ROOT, tmp_path_factory.mktemp("release") / "pantau", ignore=LEFT_OUT))


def test_a_release_is_refused_before_anything_is_changed(tree: Path) -> None:
    before = (tree / "CHANGELOG.md").read_text()
    done = make(tree, "VERSION=0.0.1")
    assert done.returncode != 0
    assert "release: 0.0.1 is not newer than" in done.stderr
    assert "name the version: make release VERSION=1.2.3" in make(tree).stderr
    assert (tree / "CHANGELOG.md").read_text() == before
    assert not (tree / "dist").exists()


def test_a_release_is_a_wheel_a_bill_and_their_digests_of_one_version(tree: Path) -> None:
    done = make(tree, "VERSION=77.0.1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("git tag v77.0.1")
    names = {path.name for path in (tree / "dist").iterdir()}
    wheel, bill = "pantau-77.0.1-py3-none-any.whl", "pantau-77.0.1.cdx.json"
    assert names == {wheel, bill, "SHA256SUMS"}
    with zipfile.ZipFile(tree / "dist" / wheel) as held:
        assert b'__version__ = "77.0.1"' in held.read("stream/__init__.py")
        assert b"\nVersion: 77.0.1\n" in held.read("pantau-77.0.1.dist-info/METADATA")
        assert not [name for name in held.namelist() if name.startswith(("tools/", "tests/"))]
        assert {name for name in held.namelist() if re.match(r"stream/(web|dev)/.*(?<!\.py)$", name)} == {
            *(f"stream/web/static/{file.name}" for file in (ROOT / "stream" / "web" / "static").iterdir()),
            "stream/dev/demo.toml",
        }
    told = json.loads((tree / "dist" / bill).read_text())["metadata"]["component"]
    assert (told["name"], told["version"]) == ("pantau", "77.0.1")
    checked = subprocess.run(
        ["sha256sum", "--check", "SHA256SUMS"], cwd=tree / "dist", check=False, capture_output=True
    )
    assert checked.returncode == 0
    assert re.search(
        r"^## \[Unreleased\]\n\n## \[77\.0\.1\] - \d{4}-\d\d-\d\d\n",
        (tree / "CHANGELOG.md").read_text(),
        re.MULTILINE,
    )
    assert "version: 77.0.1" in (tree / "docs" / "asyncapi.yaml").read_text()
