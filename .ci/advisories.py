"""Asks pip-audit for known weaknesses of what the locks name.

Exits 1 for a known one, and where anything could not be looked up, for that says nothing; told
`--unchecked-is-fine` it is only loud about the latter. The variables of pip-audit say which service is asked,
and where: PIP_AUDIT_VULNERABILITY_SERVICE, PIP_AUDIT_OSV_URL.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCKS = [Path(__file__).parents[1] / "locks" / name for name in ("build.txt", "dev.txt")]
UNCHECKED_IS_FINE = "--unchecked-is-fine"
_ADVICE = (
    "for another service set PIP_AUDIT_VULNERABILITY_SERVICE=osv, and PIP_AUDIT_OSV_URL for a mirror of it; "
    f"{UNCHECKED_IS_FINE} makes this no failure"
)
_LONGEST = 200


def main(arguments: list[str]) -> int:
    """Say what is known of each package, and what could not be looked up."""
    if set(arguments) - {UNCHECKED_IS_FINE}:
        print(f"advisories.py: {arguments}: give nothing, or {UNCHECKED_IS_FINE}", file=sys.stderr)
        return 2
    unchecked = 0 if arguments else 1
    report, last_words = asked(LOCKS)
    try:
        found = json.loads(report)["dependencies"]
    except ValueError:
        why = last_words[-_LONGEST:]  # its end says what is the matter
        print(f"ADVISORIES NOT CHECKED: no answer: {why}; {_ADVICE}", file=sys.stderr)
        return unchecked
    weak = [line for each in found for line in weaknesses(each)]
    print("\n".join(weak), end="\n" if weak else "", file=sys.stderr)
    skipped = [each["skip_reason"] for each in found if "skip_reason" in each]
    if skipped:
        of = f"{len(skipped)} of {len(found)} packages"
        print(f"ADVISORIES NOT CHECKED for {of}: {skipped[0][:_LONGEST]}; {_ADVICE}", file=sys.stderr)
    print(f"{len(found) - len(skipped)} packages looked up, {len(weak)} known weaknesses")
    return 1 if weak else unchecked if skipped else 0


def asked(locks: list[Path]) -> tuple[str, str]:
    """The report of pip-audit in JSON, and the last line it has logged."""
    program = Path(sys.executable).with_name("pip-audit")
    how = (
        "--require-hashes",
        "--disable-pip",
        "--progress-spinner",
        "off",
        "--timeout",
        "10",
        "--format",
        "json",
    )
    what = [word for lock in locks for word in ("--requirement", str(lock))]
    done = subprocess.run([program, *how, *what], check=False, capture_output=True, text=True)  # noqa: S603 - our own tool
    return done.stdout, (done.stderr.strip().splitlines() or ["it said nothing"])[-1]


def weaknesses(package: dict[str, Any]) -> list[str]:
    """A line for each known weakness of a package, with what mends it."""
    return [
        f"{package['name']} {package['version']}: {known['id']}; fixed in "
        f"{', '.join(known['fix_versions']) or 'none yet'}"
        for known in package.get("vulns", [])
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
