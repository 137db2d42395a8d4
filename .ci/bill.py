"""Writes the bill of materials of what runs in production, CycloneDX in JSON, and says what it lacks.

The lock says of which packages, the environment it runs in which licenses they have and what each needs.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# It reads each link by the whole grammar of RFC 3987: 20 s, and minutes on a busy machine.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment] # so that importing it fails

from cyclonedx.schema import SchemaVersion  # noqa: E402 - after what it must not import
from cyclonedx.validation.json import JsonStrictValidator  # noqa: E402 - as above
from packaging.requirements import Requirement  # noqa: E402 - as above
from packaging.utils import canonicalize_name as canonical  # noqa: E402 - as above

from locks import applies, locked  # noqa: E402 - as above
from stream import __version__  # noqa: E402 - as above

_ROOT = Path(__file__).parents[1]
_LOCK = _ROOT / "locks" / "run.txt"


def main(file: Path) -> int:
    """Write `file`; exits 1, and leaves it to be looked at, where it is not as CycloneDX wants it."""
    try:
        bill = materials()
    except subprocess.CalledProcessError as failed:
        print(
            f"no bill of materials: cyclonedx-py exits {failed.returncode}: {failed.stderr}", file=sys.stderr
        )
        return 1
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bill, indent=2) + "\n", encoding="utf-8")
    if wrong := faults(bill) + unlike(bill, locked(_LOCK.read_text(encoding="utf-8"))):
        print("\n".join(f"{file}: {fault}" for fault in wrong), file=sys.stderr)
        return 1
    unknown = ", ".join(each["name"] for each in bill["components"] if not each.get("licenses"))
    packages = f"{file}: CycloneDX {bill['specVersion']}, {len(bill['components'])} packages"
    print(f"{packages}; no license is told by: {unknown or 'none of them'}")
    return 0


def materials() -> dict[str, Any]:
    """The packages of the lock, as cyclonedx-py finds them here, and Pantau with its version."""
    program = Path(sys.executable).with_name("cyclonedx-py")
    asked = (
        "environment",
        "--output-reproducible",
        "--no-validate",
        "--pyproject",
        str(_ROOT / "pyproject.toml"),
    )
    found = subprocess.run([program, *asked, sys.executable], check=True, capture_output=True, text=True)  # noqa: S603 - our own tool
    bill: dict[str, Any] = json.loads(found.stdout)
    bill["metadata"]["component"]["version"] = __version__  # which pyproject.toml does not hold
    return only(bill, locked(_LOCK.read_text(encoding="utf-8")))


def only(bill: dict[str, Any], lock: Mapping[str, Requirement]) -> dict[str, Any]:
    """The part of a bill that a lock names; each package is in the version that is locked."""
    kept = [each for each in bill["components"] if canonical(each["name"]) in lock]
    refs = {each["bom-ref"] for each in [*kept, bill["metadata"]["component"]]}
    needs = [
        each | {"dependsOn": [ref for ref in each["dependsOn"] if ref in refs]}
        if "dependsOn" in each
        else each
        for each in bill["dependencies"]
        if each["ref"] in refs
    ]
    return bill | {"components": kept, "dependencies": needs}


def unlike(bill: dict[str, Any], lock: Mapping[str, Requirement]) -> list[str]:
    """Where a bill and a lock name other packages or versions, on this machine."""
    there = {canonical(each["name"]): each["version"] for each in bill["components"] if each.get("version")}
    wanted = {name: str(each.specifier).removeprefix("==") for name, each in lock.items() if applies(each)}
    return [
        f"{name}: locked is {wanted.get(name, 'nothing')}, and here is {there.get(name, 'nothing')}"
        for name in sorted(wanted.keys() | there.keys())
        if wanted.get(name) != there.get(name)
    ]


def faults(bill: dict[str, Any]) -> list[str]:
    """Where a bill departs from the schema of CycloneDX, or names a package without its version."""
    of = SchemaVersion.from_version(bill["specVersion"])
    departs = JsonStrictValidator(of).validate_str(json.dumps(bill), all_errors=True) or ()
    nameless = [f"{each['name']}: no version" for each in bill["components"] if not each.get("version")]
    return [f"is no CycloneDX: {str(fault.data)[:200]}" for fault in departs] + nameless


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
