"""Asks pip-audit for known weaknesses of the environment it runs in.

Exits 1 for a known one, and is loud about what could not be looked up. The variables of pip-audit say which
service is asked, and where: PIP_AUDIT_VULNERABILITY_SERVICE, PIP_AUDIT_OSV_URL.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

_ADVICE = (
    "for another service set PIP_AUDIT_VULNERABILITY_SERVICE=osv, and PIP_AUDIT_OSV_URL for a mirror of it"
)
_LONGEST = 200


def main() -> int:
    """Say what is known of each package; what could not be looked up fails nothing, for it says nothing."""
    report, last_words = asked(installed())
    try:
        found = json.loads(report)["dependencies"]
    except ValueError:
        why = last_words[-_LONGEST:]  # its end says what is the matter
        print(f"ADVISORIES NOT CHECKED: no answer: {why}; {_ADVICE}", file=sys.stderr)
        return 0
    weak = [line for each in found for line in weaknesses(each)]
    print("\n".join(weak), end="\n" if weak else "", file=sys.stderr)
    skipped = [each["skip_reason"] for each in found if "skip_reason" in each]
    if skipped:
        of = f"{len(skipped)} of {len(found)} packages"
        print(f"ADVISORIES NOT CHECKED for {of}: {skipped[0][:_LONGEST]}; {_ADVICE}", file=sys.stderr)
    print(f"{len(found) - len(skipped)} packages looked up, {len(weak)} known weaknesses")
    return 1 if weak else 0


def installed() -> str:
    """What is installed beside Pantau, as requirements."""
    freeze = (sys.executable, "-m", "pip", "freeze", "--exclude-editable")
    return subprocess.run(freeze, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - our own pip


def asked(requirements: str) -> tuple[str, str]:
    """The report of pip-audit in JSON, and the last line it has logged."""
    program = Path(sys.executable).with_name("pip-audit")
    how = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "--timeout", "10", "--format", "json")
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write(requirements)
        file.flush()
        command = (program, *how, "--requirement", file.name)
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our own tool
    return done.stdout, (done.stderr.strip().splitlines() or ["it said nothing"])[-1]


def weaknesses(package: dict[str, Any]) -> list[str]:
    """A line for each known weakness of a package, with what mends it."""
    return [
        f"{package['name']} {package['version']}: {known['id']}; fixed in "
        f"{', '.join(known['fix_versions']) or 'none yet'}"
        for known in package.get("vulns", [])
    ]


if __name__ == "__main__":
    sys.exit(main())
