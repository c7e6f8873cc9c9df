"""Does a value fit its schema? The answer is one sentence for each pointer that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Any, cast

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from agents import moments
from agents.schemas.messages import alternatives_message, message
from agents.schemas.patterns import TooSlow, fits, limited_time

Choose = Callable[[ValidationError], "tuple[int | None, str]"]
"""Of an anyOf or oneOf that fits nowhere: the alternative that was meant, or a sentence."""

_MOST = 200
"""So many complaints are enough; a list of a million wrong items gives no more."""

_formats = FormatChecker()


def _check_pattern(
    validator: Any, pattern: str, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    """As usual, except that a pattern nobody can hold against the value in time fits no value."""
    try:
        wrong = isinstance(instance, str) and not fits(pattern, instance)
    except TooSlow:
        wrong = True
    if wrong:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, {"pattern": _check_pattern})  # type: ignore[no-untyped-call]


@_formats.checks("date-time")
def _is_moment(value: object) -> bool:
    """Pydantic calls a moment without an offset a date-time too."""
    return not isinstance(value, str) or moments.read_moment(value) is not None


@_formats.checks("time")
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or moments.read_clock(value) is not None


def likely(error: ValidationError) -> tuple[int | None, str]:
    """The alternative with the fewest faults among those of the value's own kind."""
    found = {
        index: list(faults)
        for index, faults in groupby(error.context or [], key=lambda one: one.schema_path[0])
    }
    possible = {at: faults for at, faults in found.items() if not any(map(_is_other, faults))}
    if not possible:
        return None, alternatives_message(cast(Any, error.validator_value))
    return cast(int, min(possible, key=lambda at: len(possible[at]))), ""


def _is_other(fault: ValidationError) -> bool:
    """Whether this says that another alternative was meant: another type, another constant."""
    depth = len(fault.relative_path)
    return (fault.validator == "type" and depth == 0) or (
        fault.validator in ("const", "enum") and depth <= 1
    )


def validate(schema: Any, value: Any, *, choose: Choose = likely) -> dict[str, str]:
    """Messages by pointer; empty when the value fits. Nothing is ever fetched for a $ref."""
    if not isinstance(schema, dict):
        return {} if schema is not False else {"": _("No value is allowed here.")}
    checker = _Validator(schema, registry=Registry(), format_checker=_formats)
    found: dict[str, str] = {}
    try:
        with limited_time():
            for error in checker.iter_errors(value):
                for pointer, text in complaints(error, choose):
                    found.setdefault(pointer, text)
                if len(found) >= _MOST:
                    break
    except Exception as error:
        # A schema comes from an agent and may be broken in any way. That must not pass for "fits".
        told = _("The schema of this question cannot be used: %(error)s") % {"error": error}
        found.setdefault("", told[:300])
    return found


def complaints(error: ValidationError, choose: Choose) -> Iterator[tuple[str, str]]:
    pointer, rule = _pointer(error), cast(Any, error.validator_value)
    instance = cast(Any, error.instance)
    if error.validator in ("anyOf", "oneOf") and error.context:
        yield from _alternatives(error, pointer, choose)
    elif error.validator == "required":
        missing = [name for name in rule if name not in instance]
        yield from ((_child(pointer, name), _("This field is required.")) for name in missing)
    elif error.validator == "additionalProperties" and rule is False:
        known = cast(Any, error.schema).get("properties", {})
        extra = [name for name in instance if name not in known]
        yield from ((_child(pointer, name), _("This field is not known.")) for name in extra)
    else:
        yield pointer, message(error)


def _alternatives(
    error: ValidationError, pointer: str, choose: Choose
) -> Iterator[tuple[str, str]]:
    """Only what is wrong under the alternative that was meant; the others would just confuse."""
    meant, sentence = choose(error)
    if meant is None:
        yield pointer, sentence
        return
    for inner in error.context or []:
        if inner.schema_path[0] == meant:
            yield from complaints(inner, choose)


def _pointer(error: ValidationError) -> str:
    pointer = ""
    for token in error.absolute_path:
        pointer = _child(pointer, token)
    return pointer


def _child(pointer: str, token: str | int) -> str:
    return f"{pointer}/{str(token).replace('~', '~0').replace('/', '~1')}"
