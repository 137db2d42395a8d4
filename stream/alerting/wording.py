"""Texts of a rule as the templates of Prometheus and of Grafana."""

from collections.abc import Callable
from typing import NamedTuple

from stream.alerting.facts import FACTS, VALUES, Fact, filled, named_in
from stream.alerting.rule import Rule, Text
from stream.settings import AlertSettings, Language

#: What stands in for a label that may be empty, by its name.
_OR_ELSE = {"source": "an unknown source"}
#: How each reason of refusal is listed, where queries may be asked.
_REFUSED = (
    "{{ with query (printf `sum by (source, reason) (max without (instance, pod) "
    '(pantau_records_refused{topic=%q}))` $labels.topic) }}{{ range . }}{{ printf "%.0f" .Value }} '
    '{{ .Labels.reason }} of {{ or .Labels.source "an unknown source" }} in the last hour; {{ end }}{{ end }}'
)


class Link(NamedTuple):
    """The addresses that alerts lead to, without an end."""

    grafana_url: str
    runbooks_url: str

    def dashboard(self, rule: Rule) -> str:
        """A dashboard, with the tenant, and the queue or team, filled in."""
        told = [label for label in ("tenant", "queue", "team") if label in rule.labels]
        shown = [label for label in told if label != "team" or "queue" not in told]
        query = "&".join(f"var-{label}={{{{ $labels.{label} | urlquery }}}}" for label in shown)
        return f"{self.grafana_url}/d/{rule.shown_on.dashboard}" + (f"?{query}" if query else "")

    def runbook(self, rule: Rule) -> str:
        """The heading of the runbooks."""
        return f"{self.runbooks_url}#{rule.anchor}"


def link(alerts: AlertSettings) -> Link:
    """The addresses of a site."""
    return Link(alerts.grafana_url, alerts.runbooks_url)


def prometheus(rule: Rule, links: Link) -> dict[str, str]:
    """The annotations of a rule of Prometheus, in every language that it has."""
    return _annotations(rule, links, lambda language: lambda word: _of_prometheus(word, language), _defined)


def grafana(rule: Rule, links: Link) -> dict[str, str]:
    """The annotations of a rule of Grafana, whose templates know values but ask no queries."""
    return _annotations(rule, links, lambda language: lambda word: _of_grafana(word, language))


def facts(rule: Rule) -> list[str]:
    """The facts that its texts tell."""
    return named_in(" ".join((*rule.description, *rule.action)))


def _annotations(
    rule: Rule,
    links: Link,
    fill: Callable[[Language], Callable[[str], str]],
    before: Callable[[str], str] = lambda _: "",
) -> dict[str, str]:
    told: dict[str, str] = {}
    texts: tuple[tuple[str, Text], ...] = (
        ("summary", rule.summary),
        ("description", rule.description),
        ("action", rule.action),
    )
    for language in Language:
        suffix = "" if language is Language.ENGLISH else f"_{language}"
        for name, text in texts:
            if language is Language.ENGLISH or text.id:
                said = text.of(language)
                told[f"{name}{suffix}"] = before(said) + filled(said, fill(language))
    return told | {"dashboard_url": links.dashboard(rule), "runbook_url": links.runbook(rule)}


def _of_prometheus(word: str, language: Language) -> str:
    if word == "refused":
        return _REFUSED
    if word not in FACTS:
        return _of_labels(word, "$value")
    fact = FACTS[word]
    return _valued(fact, f"query {_asked(fact)}", ". | first | value", language)


def _asked(fact: Fact) -> str:
    """A query as templates ask it, for what it is about."""
    if not fact.of:
        return f"`{fact.query()}`"
    query = fact.query("%s")
    about = " ".join([_variable(fact.of)] * query.count("%s"))
    return f"(printf `{query}` {about})"


def _variable(of: tuple[str, ...]) -> str:
    """What holds the matchers of these labels in a template."""
    return "$of_queue" if "queue" in of else f"$of_{of[-1]}"


def _defined(text: str) -> str:
    """What a text needs to be defined before it, of what its facts are about."""
    every = dict.fromkeys(FACTS[word].of for word in named_in(text))
    return "".join(_definition(of) for of in every if of)


def _definition(of: tuple[str, ...]) -> str:
    matchers = ",".join(f"{label}=%q" for label in of)
    labels = " ".join(f"$labels.{label}" for label in of)
    return f"{{{{ {_variable(of)} := printf `{matchers}` {labels} }}}}"


def _of_grafana(word: str, language: Language) -> str:
    if word == "refused":
        return ""
    if word not in FACTS:
        return _of_labels(word, "$values.raised.Value")
    return _valued(FACTS[word], f"$values.{word}", ".Value", language)


def _valued(fact: Fact, source: str, value: str, language: Language) -> str:
    absent = fact.absent.of(language)
    return f"{{{{ with {source} }}}}{{{{ {value} | {fact.written} }}}}{{{{ else }}}}{absent}{{{{ end }}}}"


def _of_labels(word: str, value: str) -> str:
    if word in VALUES:
        return f"{{{{ {value} | {VALUES[word]} }}}}"
    if word == "queue":
        return "{{ $labels.name }} ({{ $labels.media }})"
    if word == "queue_id":
        return "{{ $labels.queue }} ({{ $labels.media }})"
    if word in _OR_ELSE:
        return f'{{{{ or $labels.{word} "{_OR_ELSE[word]}" }}}}'
    return f"{{{{ $labels.{word} }}}}"
