"""Does a value fit its schema? The answer is one sentence for each pointer that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from approvals.schemaform import moments
from approvals.schemaform.classify import Schemas
from approvals.schemaform.messages import message
from approvals.schemaform.pointers import child
from approvals.schemaform.values import Json
from approvals.schemaform.variants import score

_MOST = 200
"""So many complaints are enough; a list of a million wrong items gives no more."""

_formats = FormatChecker()


def _check_pattern(
    validator: Any, pattern: str, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    """As usual, except that a pattern of another regex dialect is not held against the value."""
    try:
        wrong = isinstance(instance, str) and not re.search(pattern, instance)
    except re.error:
        return
    if wrong:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, {"pattern": _check_pattern})  # type: ignore[no-untyped-call]


@_formats.checks("date-time")
def _is_moment(value: object) -> bool:
    """Pydantic calls a moment without an offset a date-time too."""
    return not isinstance(value, str) or moments.read_moment(value) is not None


@_formats.checks("time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or bool(moments.clock_from_form(value))


def validate(schema: Json, value: Json) -> dict[str, str]:
    """Messages by pointer; empty when the value fits. Nothing is ever fetched for a $ref."""
    if not isinstance(schema, dict):
        return {} if schema is not False else {"": "No value is allowed here."}
    checker = _Validator(schema, registry=Registry(), format_checker=_formats)
    found: dict[str, str] = {}
    try:
        for error in checker.iter_errors(value):
            for pointer, text in _complaints(Schemas(schema), error):
                found.setdefault(pointer, text)
            if len(found) >= _MOST:
                break
    except Exception as error:
        # A schema comes from an agent and may be broken in any way. That must not pass for "fits".
        found.setdefault("", f"The schema of this question cannot be used: {error}"[:300])
    return found


def _complaints(schemas: Schemas, error: ValidationError) -> Iterator[tuple[str, str]]:
    pointer, rule = _pointer(error), cast(Any, error.validator_value)
    instance = cast(Any, error.instance)
    if error.validator in ("anyOf", "oneOf") and error.context:
        yield from _alternatives(schemas, error, pointer)
    elif error.validator == "required":
        missing = [name for name in rule if name not in instance]
        yield from ((child(pointer, name), "This field is required.") for name in missing)
    elif error.validator == "additionalProperties" and rule is False:
        known = cast(Any, error.schema).get("properties", {})
        extra = [name for name in instance if name not in known]
        yield from ((child(pointer, name), "This field is not known.") for name in extra)
    else:
        yield pointer, message(error)


def _alternatives(
    schemas: Schemas, error: ValidationError, pointer: str
) -> Iterator[tuple[str, str]]:
    """Only what is wrong under the alternative that was meant; the others would just confuse."""
    fields = [schemas.field(raw) for raw in cast(Any, error.validator_value)]
    scores = [score(schemas, one, error.instance) for one in fields]
    possible = {index: points for index, points in enumerate(scores) if points is not None}
    if not possible:
        names = [one.type_name for one in fields if one.kind != "const"]
        yield pointer, f"This should be one of: {', '.join(dict.fromkeys(names))}."
        return
    meant = max(possible, key=lambda index: (possible[index], -index))
    for inner in error.context or []:
        if inner.schema_path[0] == meant:
            yield from _complaints(schemas, inner)


def _pointer(error: ValidationError) -> str:
    pointer = ""
    for token in error.absolute_path:
        pointer = child(pointer, token)
    return pointer
