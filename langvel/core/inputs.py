"""What may be put into a thread from outside: a new run's input, a person's changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from langvel.core.notes import VERDICT, verdict_of
from langvel.core.request import schema_of
from langvel.core.values import as_write, attributes, fields_of, load, reduced
from langvel.exceptions import UnknownField
from langvel.state.base import StateModel
from langvel.state.channels import PRIVATE, RESET
from langvel.state.fields import REVIEW_FIELDS, own_fields

# What the last run on a thread left behind and the next must not start with: an old approval
# would wave a new request through.
FRESH = (*REVIEW_FIELDS, "next_step", "error")


def input_schema(model: type[StateModel]) -> dict[str, Any]:
    return schema_of(model, own_fields(model))


def first_input(model: type[StateModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """A whole state from what a requester gave; they can't review their own request."""
    forbidden = [name for name in values if name in REVIEW_FIELDS]
    if forbidden:
        raise _not_an_input(model, {name: values[name] for name in forbidden})
    return started(model, values)


def started(
    model: type[StateModel],
    values: Mapping[str, Any],
    *,
    existing: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Channel writes that begin a run, on a fresh thread or after an earlier run on it.

    All fields are written at first, so that a default like uuid4() is drawn once. Later only
    what was given and what must not be carried over.
    """
    kept = {
        name: value for name, value in fields_of(model, existing or {}).items() if name not in FRESH
    }
    state = attributes(model.model_validate({**kept, **values}))
    written = {name for name in state if name not in kept or name in values}
    return {**{name: state[name] for name in state if name in written}, PRIVATE: RESET}


def person_update(
    model: type[StateModel], current: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """A person's changes as channel writes, once the state with them is valid."""
    if unknown := set(values) - set(model.model_fields):
        raise UnknownField(unknown, known=model.model_fields, where=model.__name__)
    state = load(model, current)
    changed = load(model, {**current, **{name: _sum(state, name, values[name]) for name in values}})
    writes = {name: as_write(state, name, changed[name]) for name in values}
    if verdict := verdict_of(values):
        writes[PRIVATE] = {VERDICT: verdict}
    return writes


def _sum(state: StateModel, name: str, value: Any) -> Any:
    """The field after the update; a value its reducer can't take is left for validation to name."""
    try:
        return reduced(type(state), name, state[name], value)
    except (TypeError, ValueError):
        return value


def _not_an_input(model: type[StateModel], values: Mapping[str, Any]) -> ValidationError:
    kind = PydanticCustomError("review_field", "Set by a review, not by the request")
    details = [InitErrorDetails(type=kind, loc=(name,), input=values[name]) for name in values]
    return ValidationError.from_exception_data(model.__name__, details)
