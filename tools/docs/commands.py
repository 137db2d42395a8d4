"""docs/cli.md, from the command line itself."""

from enum import Enum
from typing import Any

from stream.cli import COMMANDS, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_SETTINGS, EXIT_UNFORESEEN, command
from tools.docs.markdown import code, page, table

_INTRO = """# Command line

Run `pantau COMMAND` or `python -m stream COMMAND`. Every command has `--help`. Progress and logs go to
standard error, results to standard output. Addresses come from the environment; see
[settings](settings.md)."""

_EXIT_CODES = (
    (0, "Success."),
    (
        EXIT_FAILED,
        "Failure, nothing to do, or a fault found; a line on standard error says which.",
    ),
    (EXIT_SETTINGS, "Wrong usage or settings; each fault in the settings has its own line."),
    (
        EXIT_UNFORESEEN,
        "A bug in Pantau. One line says what happened and where; `PANTAU_DEBUG=1` shows the trace.",
    ),
    (EXIT_INTERRUPTED, "Interrupted by the user."),
)

_KINDS = {
    "int": "whole number",
    "int range": "whole number",
    "float": "number",
    "float range": "number",
    "str": "text",
    "path": "path",
    "Instant": "instant",
}


def commands() -> str:
    """Render the page."""
    sections = [section for name in COMMANDS for section in _sections(name, command(name))]
    codes = table(("code", "meaning"), [(str(number), text) for number, text in _EXIT_CODES])
    return page(_INTRO, *sections, f"## Exit codes\n\n{codes}")


def _sections(name: str, command: Any) -> list[str]:
    """Give one section for a command, or one for each of a group."""
    group = getattr(command, "commands", None)
    if group is None:
        return [_section(name, command)]
    return [_section(f"{name} {part}", of) for part, of in group.items()]


def _section(name: str, command: Any) -> str:
    context = command.context_class(command, info_name=name)
    arguments = [param for param in command.params if param.param_type_name == "argument"]
    options = [param for param in command.params if param.param_type_name == "option"]
    usage = " ".join(
        [f"pantau {name}", *(p.name.upper() for p in arguments), *(["[OPTIONS]"] if options else [])]
    )
    blocks = [f"## `{usage}`", "\n\n".join(_paragraphs(command.help))]
    if command.params:
        rows = [_row(param, context) for param in [*arguments, *options]]
        blocks.append(table(("option", "value", "default", "meaning"), rows))
    return "\n\n".join(blocks)


def _row(param: Any, context: Any) -> tuple[str, str, str, str]:
    is_argument = param.param_type_name == "argument"
    names = code(param.name.upper()) if is_argument else ", ".join(map(code, param.opts))
    return names, _value(param, context), _default(param), param.help or ""


def _value(param: Any, context: Any) -> str:
    """Say what is accepted, as the help does; nothing for a switch."""
    if getattr(param, "is_flag", False):
        return ""
    kind = str(param.display_type(context)).strip("<>")
    choices = ", ".join(map(code, kind.split("|"))) if "|" in kind else _KINDS.get(kind, code(kind))
    limits = [
        f"{word} {limit:,g}" for word, limit in (("from", param.min), ("to", param.max)) if limit is not None
    ]
    return " ".join([choices, *limits])


def _default(param: Any) -> str:
    if param.required:
        return "(must be given)"
    if param.default is None or getattr(param, "is_flag", False):
        return ""
    return code(str(param.default.value if isinstance(param.default, Enum) else param.default))


def _paragraphs(text: str) -> list[str]:
    return [" ".join(block.split()) for block in text.split("\n\n")]
