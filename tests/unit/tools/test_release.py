"""Which versions may follow, and what becomes of the CHANGELOG."""

from datetime import date

import pytest

from tools.release import Refused, dated, newer

pytestmark = pytest.mark.pure

CODE = '"""Pantau."""\n\n__version__ = "0.9.1"\n'
CHANGES = (
    "# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A wallboard.\n\n## [0.9.1] - 2026-01-02\n\n- It.\n"
)
DAY = date(2026, 11, 30)


@pytest.mark.parametrize("version", ["0.9.2", "0.10.0", "1.0.0", "1.0.0rc1", "0.9.2a1"])
def test_a_newer_version_takes_the_place_of_the_old_one(version: str) -> None:
    assert newer(CODE, version) == CODE.replace("0.9.1", version)


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("0.9.1", "is not newer than 0.9.1"),
        ("0.9.1rc1", "is not newer than 0.9.1"),
        ("0.9.0", "is not newer than 0.9.1"),
        ("v1.0.0", "'v1.0.0' is no version; 1.2.3 is accepted"),
        ("1.0", "is no version"),
        ("1.0.0; rm", "is no version"),
    ],
)
def test_any_other_is_refused_with_the_reason(version: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        newer(CODE, version)


def test_a_module_without_a_version_is_named() -> None:
    with pytest.raises(Refused, match=r"stream/__init__\.py holds no version"):
        newer("", "1.0.0")


def test_what_is_unreleased_comes_under_the_version_and_the_day() -> None:
    assert dated(CHANGES, "1.0.0", DAY) == CHANGES.replace(
        "## [Unreleased]\n", "## [Unreleased]\n\n## [1.0.0] - 2026-11-30\n"
    )


@pytest.mark.parametrize("text", ["# Changelog\n", CHANGES.replace("### Added\n\n- A wallboard.\n", "")])
def test_a_release_of_nothing_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"CHANGELOG\.md has no"):
        dated(text, "1.0.0", DAY)
