"""Says what pip-audit found: exits 1 for a known weakness, and is loud about what could not be looked up."""

import json
import sys
from pathlib import Path


def main(report: str, failed: str) -> int:
    """Judge a report of pip-audit; without one, its last words say why."""
    try:
        found = json.loads(Path(report).read_text(encoding="utf-8"))["dependencies"]
    except ValueError:
        words = Path(failed).read_text(encoding="utf-8").strip().splitlines() or ["it said nothing"]
        print(f"ADVISORIES NOT CHECKED: pip-audit has no answer: {words[-1][:200]}", file=sys.stderr)
        return 0
    skipped = [each["name"] for each in found if "skip_reason" in each]
    weak = [(each, known) for each in found for known in each.get("vulns", [])]
    for each, known in weak:
        fixed = ", ".join(known["fix_versions"]) or "none yet"
        print(f"{each['name']} {each['version']}: {known['id']}; fixed in {fixed}", file=sys.stderr)
    if skipped:
        print(f"ADVISORIES NOT CHECKED for {len(skipped)} of {len(found)}", file=sys.stderr)
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
