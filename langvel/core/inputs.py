"""What a run may be started with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from langvel.core.request import schema_of
from langvel.core.values import attributes, fields_of, load
from langvel.state.base import StateModel
from langvel.state.fields import REVIEW_FIELDS, own_fields
from langvel.state.private import PRIVATE, RESET

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
    kept = {name: value for name, value in _earlier(model, existing).items() if name not in FRESH}
    state = attributes(model.model_validate({**kept, **values}))
    written = {name for name in state if name not in kept or name in values}
    return {**{name: state[name] for name in state if name in written}, PRIVATE: RESET}


def _earlier(model: type[StateModel], existing: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the last run left; as it is stored, where the model has changed since."""
    if not existing:
        return {}
    stored = fields_of(model, existing)
    try:
        loaded = load(model, stored)
    except ValidationError:
        return stored
    return {name: loaded[name] for name in stored}


def _not_an_input(model: type[StateModel], values: Mapping[str, Any]) -> ValidationError:
    kind = PydanticCustomError("review_field", "Set by a review, not by the request")
    details = [InitErrorDetails(type=kind, loc=(name,), input=values[name]) for name in values]
    return ValidationError.from_exception_data(model.__name__, details)
