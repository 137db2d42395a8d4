"""The wallboard's modules: small, without circles, and all asked for at once."""

import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from stream.web import server

STATIC = Path(server.__file__).parent / "static"
MODULES = sorted(STATIC.glob("*.js"))
ENTRY = "wallboard.js"
FEWEST_LINES, MOST_LINES = 50, 250


def imports(module: Path) -> dict[str, set[str]]:
    """The names that a module imports, by file; every import is of a file beside it, on one line."""
    lines = [line for line in module.read_text().splitlines() if re.match(r"import\b", line)]
    found = [re.fullmatch(r'import \{ (.+) \} from "\./([a-z]+\.js)";', line) for line in lines]
    assert None not in found, lines
    return {match[2]: set(match[1].split(", ")) for match in found if match}


def exports(module: Path) -> set[str]:
    return set(re.findall(r"^export (?:function|const|let) (\w+)", module.read_text(), re.MULTILINE))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_is_small_and_says_what_it_is(module: Path) -> None:
    lines = module.read_text().splitlines()
    assert FEWEST_LINES <= len(lines) <= MOST_LINES
    assert lines[0].startswith("// ")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_what_is_imported_is_exported_there_and_used_here(module: Path) -> None:
    code = re.sub(r"^import .*$", "", module.read_text(), flags=re.MULTILINE)
    for name, names in imports(module).items():
        assert names - exports(STATIC / name) == set(), name
        assert [unused for unused in names if not re.search(rf"\b{unused}\b", code)] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_what_is_exported_is_imported_somewhere(module: Path) -> None:
    asked = [imports(other).get(module.name, set()) for other in MODULES]
    assert exports(module) - set().union(*asked) == set()


def test_no_module_needs_itself() -> None:
    needs = {module.name: imports(module).keys() for module in MODULES}
    assert list(TopologicalSorter(needs).static_order())[-1] == ENTRY


def test_all_modules_are_asked_for_with_the_page() -> None:
    page = (STATIC / "wallboard.html").read_text()
    preloaded = re.findall(r'<link rel="modulepreload" href="([^"]+)">', page)
    assert preloaded == [module.name for module in MODULES if module.name != ENTRY]
    assert re.findall(r"<script\b.*", page) == [f'<script type="module" src="{ENTRY}"></script>']
