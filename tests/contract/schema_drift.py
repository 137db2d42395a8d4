"""Where a schema no longer accepts what an older one did, or no longer says what it said."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]
_LOWER_IS_STRICTER, _HIGHER_IS_STRICTER = (
    ("maxLength", "maxItems", "maximum"),
    ("minLength", "minItems", "minimum"),
)


def drift(old: Schema, new: Schema, mended: Mapping[str, str] | None = None) -> list[str]:
    """What is incompatible, a line each, by event type; nothing where `new` only adds.

    `mended`: what patterns were that have been replaced on purpose, by what they are.
    """
    new = _with_patterns(new, mended or {})
    were, are = _by_type(old), _by_type(new)
    found = [f"{name}: the type is gone" for name in were.keys() - are.keys()]
    for name in were.keys() & are.keys():
        found += [f"{name}{fault}" for fault in _narrowed(were[name], are[name], "", old, new)]
    return sorted(found)


def _with_patterns(node: Any, mended: Mapping[str, str]) -> Any:
    if isinstance(node, list):
        return [_with_patterns(each, mended) for each in node]
    if isinstance(node, dict):
        return {
            name: mended.get(each, each) if name == "pattern" else _with_patterns(each, mended)
            for name, each in node.items()
        }
    return node


def _by_type(schema: Schema) -> dict[str, Schema]:
    found = {}
    for ref in schema["oneOf"]:
        event = _resolved(ref, schema)
        for name in _values(event["properties"]["type"]) or ():
            properties = {key: value for key, value in event["properties"].items() if key != "type"}
            found[name] = {**event, "properties": properties}
    return found


def _resolved(node: Schema, root: Schema) -> Schema:
    if "$ref" not in node:
        return node
    name = node["$ref"].rpartition("/")[2]
    return {**root["$defs"][name], **{key: value for key, value in node.items() if key != "$ref"}}


def _values(node: Schema) -> list[Any] | None:
    return [node["const"]] if "const" in node else node.get("enum")


def _narrowed(old: Schema, new: Schema, at: str, *roots: Schema) -> Iterator[str]:
    old, new = (_resolved(node, root) for node, root in zip((old, new), roots, strict=True))
    if "type" in old:  # what was one thing may have become one of several
        new = next((each for each in _alternatives(new, roots[1]) if each.get("type") == old["type"]), new)
    yield from _of_values(old, new, at)
    for name in old.get("properties", {}).keys() - new.get("properties", {}).keys():
        yield f"{at}.{name}: the field is gone"
    for name in set(new.get("required", ())) - set(old.get("required", ())):
        yield f"{at}.{name}: is required now"
    if new.get("additionalProperties") is False:
        yield f"{at}: refuses unknown fields now"
    for name in old.get("properties", {}).keys() & new.get("properties", {}).keys():
        yield from _narrowed(old["properties"][name], new["properties"][name], f"{at}.{name}", *roots)
    if "items" in old and "items" in new:
        yield from _narrowed(old["items"], new["items"], f"{at}[]", *roots)
    yield from _of_alternatives(old, new, at, *roots)


def _of_values(old: Schema, new: Schema, at: str) -> Iterator[str]:
    if new.get("type", old.get("type")) != old.get("type"):
        yield f"{at}: was {old.get('type', 'anything')}, is {new['type']}"
    were, are = _values(old), _values(new)
    if are is not None and (were is None or set(were) - set(are)):
        yield f"{at}: no longer accepts {sorted(set(were or ['anything else']) - set(are))}"
    for rule in ("pattern", "format"):
        if new.get(rule, old.get(rule)) != old.get(rule):
            yield f"{at}: another {rule}"
    for rule in (*_LOWER_IS_STRICTER, *_HIGHER_IS_STRICTER):
        sign = 1 if rule in _LOWER_IS_STRICTER else -1
        if rule in new and (rule not in old or sign * new[rule] < sign * old[rule]):
            yield f"{at}: {rule} was {old.get(rule, 'none')}, is {new[rule]}"


def _of_alternatives(old: Schema, new: Schema, at: str, *roots: Schema) -> Iterator[str]:
    """Alternatives are told apart by `state`, or else by their type."""
    were, are = (
        {_told_apart(each): each for each in _alternatives(node, root)}
        for node, root in zip((old, new), roots, strict=True)
    )
    for state in were.keys() - are.keys():
        yield f"{at}: no longer accepts {state}"
    for state in were.keys() & are.keys():
        yield from _narrowed(were[state], are[state], f"{at}({state})", *roots)


def _told_apart(each: Schema) -> str:
    state = each.get("properties", {}).get("state")
    return f"the state {_values(state)}" if state else f"the type {each.get('type')}"


def _alternatives(node: Schema, root: Schema) -> list[Schema]:
    return [_resolved(each, root) for each in node.get("oneOf", node.get("anyOf", ()))]
