"""What `pantau rules` writes, held against the programs that load it: routes, messages, another site."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from promql_checks import ALERTS, ROOT
from stack_processes import run

from stream.alerting.files import files
from stream.settings import FileSettings, load_settings

Json = dict[str, Any]
TEMPLATES = str(ALERTS / "templates" / "*.tmpl")
EXAMPLE = load_settings(config=ROOT / "examples" / "alerts.toml").file
#: What Debian's Alertmanager 0.25 does not know yet.
LATER = {"telegram", "teams"}

pytestmark = pytest.mark.check


def config(folder: Path, settings: FileSettings = EXAMPLE) -> Path:
    """Its configuration, without the receivers that are too new for the program here."""
    text = files(settings, "")["alerts/alertmanager.yml"]
    document = yaml.safe_load(text)
    document["templates"] = [TEMPLATES]
    kinds = {receiver.name: receiver.kind for receiver in settings.alerts.receivers}
    document["receivers"] = [
        {"name": each["name"]} if kinds.get(each["name"]) in LATER else each for each in document["receivers"]
    ]
    file = folder / "alertmanager.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return file


def told(folder: Path, **labels: str) -> list[str]:
    """Who is told of an alert."""
    asked = [f"{label}={value}" for label, value in labels.items()]
    said = run("amtool", "config", "routes", "test", f"--config.file={config(folder)}", *asked)
    return said.splitlines()[-1].split(",")


def test_alertmanager_accepts_a_receiver_of_each_kind(tmp_path: Path) -> None:
    run("amtool", "check-config", str(config(tmp_path)))


@pytest.mark.parametrize(
    ("asked", "receivers"),
    [
        ("PantauQueueUnserved page queue sales", ["sales-supervisors", "on-call"]),
        ("PantauQueueUnserved page queue invoices", ["invoices-supervisors", "on-call"]),
        ("PantauQueueUnserved page queue none", ["on-call"]),
        ("PantauServiceLevelDay ticket queue sales", ["sales-supervisors", "managers"]),
        ("PantauOccupancyHigh ticket agents other", ["managers"]),
        ("PantauWorkerDown ticket pipeline none", ["operations"]),
        ("PantauWorkerDown page pipeline none", ["on-call"]),
        ("PantauQuiet info pipeline none", ["nobody"]),
        ("Watchdog none meta none", ["dead-man"]),
    ],
)
def test_an_alert_reaches_those_who_asked_for_it(tmp_path: Path, asked: str, receivers: list[str]) -> None:
    labels = dict(zip(("alertname", "severity", "scope", "team"), asked.split(), strict=True))
    assert told(tmp_path, **labels) == receivers


LANGUAGES = ("en", "id")
FIRING = {
    "status": "firing",
    "labels": {
        "alertname": "PantauQueueUnserved",
        "name": "Bills & <payments>",
        "severity": "page",
        "team": "invoices",
    },
    "annotations": {
        "summary": "Customers wait, and nobody is there.",
        "description": "Bills (voice) at 09:05: 4 wait.",
        "action": "Send agents into the queue now.",
        "summary_id": "Pelanggan menunggu, dan tidak ada agen.",
        "description_id": "Bills (voice) pada 09:05: 4 menunggu.",
        "action_id": "Tugaskan agen ke antrean sekarang.",
        "dashboard_url": "https://grafana.example/d/pantau-wallboard?var-queue=billing",
        "runbook_url": "https://wiki.example/runbooks#pantauqueueunserved",
    },
    "startsAt": "2026-11-30T09:05:00Z",
    "endsAt": "0001-01-01T00:00:00Z",
}
RESOLVED = {**FIRING, "status": "resolved", "endsAt": "2026-11-30T09:20:00Z"}
ENGINEERS = {
    **FIRING,
    "labels": {"alertname": "PantauWorkerDown", "severity": "page"},
    "annotations": {key: text for key, text in FIRING["annotations"].items() if not key.endswith("_id")},
}


def message(template: str, folder: Path, *alerts: Json) -> str:
    data = {
        "receiver": "supervisors",
        "status": "firing" if any(alert["status"] == "firing" for alert in alerts) else "resolved",
        "alerts": alerts,
        "groupLabels": {},
        "commonLabels": alerts[0]["labels"],
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example",
    }
    file = folder / "data.json"
    file.write_text(json.dumps(data), encoding="utf-8")
    return run(
        *("amtool", "template", "render", f"--template.glob={TEMPLATES}", f"--template.data={file}"),
        f'--template.text={{{{ template "{template}" . }}}}',
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["4 wait.", "What to do: Send agents", "Since 2026-11-30 09:05"]),
        ("id", ["4 menunggu.", "Tindakan: Tugaskan agen", "Sejak 2026-11-30 09:05"]),
    ],
)
def test_a_chat_tells_what_is_what_to_do_and_since_when(
    tmp_path: Path, language: str, words: list[str]
) -> None:
    said = message(f"pantau.chat.{language}", tmp_path, FIRING)
    assert [word for word in words if word not in said] == []
    assert FIRING["annotations"]["dashboard_url"] in said
    assert FIRING["annotations"]["runbook_url"] in said


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["OVER", "to 2026-11-30 09:20"]), ("id", ["SELESAI", "sampai 2026-11-30 09:20"])],
)
def test_what_is_over_is_told_without_numbers_of_before(
    tmp_path: Path, language: str, words: list[str]
) -> None:
    said = message(f"pantau.message.{language}", tmp_path, RESOLVED)
    assert [word for word in words if word not in said] == []
    assert "4 " not in re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "", said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_engineers_are_told_in_english_where_there_is_no_other(tmp_path: Path, language: str) -> None:
    assert "4 wait." in message(f"pantau.chat.{language}", tmp_path, ENGINEERS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_is_whole_in_itself(tmp_path: Path, language: str) -> None:
    said = message(f"pantau.mail.{language}", tmp_path, FIRING, RESOLVED)
    assert said.lstrip().startswith("<!DOCTYPE html>")
    assert said.rstrip().endswith("</html>")
    assert f'href="{FIRING["annotations"]["runbook_url"]}"' in said


def test_every_template_that_a_receiver_names_is_there() -> None:
    text = (ALERTS / "templates" / "pantau.tmpl").read_text(encoding="utf-8")
    defined = set(re.findall(r'define "([\w.]+)"', text))
    named = {
        f"pantau.{name}.{language}"
        for name, language in itertools.product(("title", "chat", "message", "mail"), LANGUAGES)
    }
    assert named <= defined
    assert set(re.findall(r'template "([\w.]+)"', text)) <= defined
    assert set(re.findall(r'template "([\w.]+)"', files(EXAMPLE, "")["alerts/alertmanager.yml"])) <= named


@pytest.mark.parametrize(("language", "word"), [("en", "[PAGE] Bills"), ("id", "[DARURAT] Bills")])
def test_a_title_says_how_much_it_matters_and_whose_it_is(tmp_path: Path, language: str, word: str) -> None:
    said = message(f"pantau.title.{language}", tmp_path, FIRING, ENGINEERS)
    assert said.startswith(word)
    assert "\n" not in said.strip()
    assert "1 more" in said or "1 lagi" in said
