"""The fuzzer runs, finds nothing in the decoders, and finds what is planted."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

_TESTS = Path(__file__).parents[1]
_PLANTED = """
import sys
from stream.adapters import canonical
canonical.CanonicalDecoder._learn = lambda self, value, fact: self._known.clear()
canonical.encode = lambda event: canonical.json.dumps({}).encode()
sys.argv = ["fuzz.one", "canonical", sys.argv[1], "2000", "1"]
from fuzz.one import main
main()
"""

pytestmark = pytest.mark.skipif(
    find_spec("atheris") is None, reason="NOT TESTED: atheris has no package for this machine"
)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": f"{_TESTS.parent}:{_TESTS}", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=_TESTS,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=200,
    )


def test_whatever_the_bytes_a_record_is_accepted_or_refused_with_a_reason() -> None:
    done = run("-m", "fuzz", "--inputs", "5000")
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_planted_is_found(tmp_path: Path) -> None:
    done = run("-c", _PLANTED, str(tmp_path))
    assert done.returncode != 0
    assert list(tmp_path.glob("crash-*")), done.stderr
