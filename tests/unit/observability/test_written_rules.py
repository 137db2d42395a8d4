"""The committed files are what `pantau rules` writes for the example settings."""

import pytest
from promql_checks import ROOT

from stream.alerting.files import files
from stream.assets import assets
from stream.settings import load_settings

WRITTEN = files(
    load_settings(config=ROOT / "examples" / "pantau.toml").file,
    assets()["alerts/templates/pantau.tmpl"].decode(),
)


@pytest.mark.parametrize("path", WRITTEN)
def test_a_committed_file_is_as_written(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == WRITTEN[path], (
        "run: pantau rules --config examples/pantau.toml --to ."
    )


def test_nothing_else_lies_there() -> None:
    folders = ("alerts/rules", "alerts/templates", "grafana/provisioning/alerting")
    there = {str(file.relative_to(ROOT)) for folder in folders for file in (ROOT / folder).iterdir()}
    assert there == {path for path in WRITTEN if path.startswith(folders)}
