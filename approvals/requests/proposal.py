"""What a program may propose: sizes, depth, and schemas that can be used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator

from agents import schemas
from agents.jsonable import canonical
from approvals import schemaform
from approvals.exceptions import InvalidRequest

MAX_DEPTH = 32
MAX_ARGS, MAX_SCHEMA, MAX_STATE, MAX_METADATA = 100_000, 100_000, 500_000, 20_000
"""Characters of JSON."""

_META = Draft202012Validator(Draft202012Validator.META_SCHEMA)
_MOST_ERRORS = 20


def check(proposal: Mapping[str, Any]) -> None:
    """Raises InvalidRequest with a pointer into the proposal for each fault."""
    errors = dict(_large("/state", proposal["state"], MAX_STATE))
    errors |= _large("/metadata", proposal["metadata"], MAX_METADATA)
    for index, action in enumerate(proposal["actions"]):
        errors |= _of_action(f"/actions/{index}", action)
    if errors:
        raise InvalidRequest(errors=errors)


def _of_action(at: str, action: Mapping[str, Any]) -> dict[str, str]:
    schema, allowed = action["schema"], action["allowed"]
    errors = dict(_large(f"{at}/args", action["args"], MAX_ARGS))
    errors |= _of_schema(f"{at}/schema", schema)
    errors |= _of_schema(f"{at}/response_schema", action.get("response_schema"))
    if len(set(allowed)) < len(allowed):
        errors[f"{at}/allowed"] = "Each may be named once."
    if "edit" in allowed and schema is None:
        errors[f"{at}/allowed"] = "An edit needs a schema to be checked by."
    if errors or schema is None or "approve" not in allowed:
        return errors
    # Without `approve` the reviewer is asked to complete what is proposed.
    return {
        f"{at}/args{pointer}": text
        for pointer, text in schemaform.validate(schema, action["args"]).items()
    }


def _of_schema(at: str, schema: Any) -> dict[str, str]:
    if schema is None:
        return {}
    if errors := dict(_large(at, schema, MAX_SCHEMA)):
        return errors
    for _, error in zip(range(_MOST_ERRORS), _META.iter_errors(schema), strict=False):
        place = at + "".join(f"/{_escaped(part)}" for part in error.absolute_path)
        errors.setdefault(place, f"This is no JSON Schema: {error.message}"[:300])
    if errors:
        return errors
    if not schemas.is_usable(schema):
        return {at: "Every $ref must point into this schema; nothing is ever fetched."}
    if _names_patterns(schema):
        return {at: "patternProperties is not supported."}
    return {}


def _names_patterns(schema: Any) -> bool:
    """Unlike `pattern`, nothing limits the time these may take."""
    if isinstance(schema, Mapping):
        return "patternProperties" in schema or any(map(_names_patterns, schema.values()))
    return isinstance(schema, list) and any(map(_names_patterns, schema))


def _large(at: str, value: Any, limit: int) -> Iterator[tuple[str, str]]:
    if _depth(value) > MAX_DEPTH:
        yield at, f"More than {MAX_DEPTH} levels."
    elif len(canonical(value)) > limit:
        yield at, f"More than {limit:,} characters of JSON."


def _depth(value: Any) -> int:
    deepest, todo = 0, [(value, 0)]
    while todo:
        item, depth = todo.pop()
        deepest = max(deepest, depth)
        if isinstance(item, Mapping):
            todo += [(child, depth + 1) for child in item.values()]
        elif isinstance(item, Sequence) and not isinstance(item, str):
            todo += [(child, depth + 1) for child in item]
    return deepest


def _escaped(key: Any) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")
