"""Between LangGraph's channel values and the state model."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import PydanticSerializationError, from_json, to_json

from langvel.state.base import StateModel

_UNCHANGING = frozenset({str, int, float, bool, bytes, NoneType, datetime, date, Decimal, UUID})


def load(model: type[StateModel], values: Mapping[str, Any]) -> StateModel:
    """The state as a model, with defaults for what was never written.

    Fields a newer version of the model dropped are ignored. Never strict: what a step wrote was
    checked as the author wants it, but a checkpoint gives a tuple back as a list.
    """
    return model.model_validate(fields_of(model, values), strict=False)


def fields_of(model: type[StateModel], values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in model.__pydantic_fields__ if name in values}


def attributes(state: StateModel) -> dict[str, Any]:
    """Field values as they are; `model_dump` would turn nested models into dicts."""
    held = state.__dict__
    fields = type(state).__pydantic_fields__
    # Beside the fields it may hold what a cached property found.
    return held.copy() if len(held) == len(fields) else {name: held[name] for name in fields}


def own_copy(state: StateModel) -> StateModel:
    """A copy that shares nothing that can be changed in place.

    Most fields hold text, numbers and times, which can't; deepcopy would take as long to find that
    out for each as for all the rest.
    """
    if state.__pydantic_extra__:
        return state.model_copy(deep=True)
    own = state.__copy__()
    seen = {id(state): own}
    for name, value in own.__dict__.items():
        if type(value) not in _UNCHANGING:
            own.__dict__[name] = value.copy() if _is_flat(value) else deepcopy(value, seen)
    return own


def _is_flat(value: Any) -> bool:
    """A collection that holds nothing but what can't be changed in place."""
    if type(value) not in (list, set, dict):
        return False
    held = value.values() if type(value) is dict else value
    return _UNCHANGING.issuperset(map(type, held))


def as_json(model: type[StateModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """The public state as JSON data, also of a thread whose state is no longer valid."""
    try:
        return as_shown(load(model, values))
    except ValidationError:
        shown = {
            name: value
            for name, value in fields_of(model, values).items()
            if not model.model_fields[name].exclude
        }
        return _plain(shown)


def as_shown(state: StateModel) -> dict[str, Any]:
    """The public state as JSON data."""
    return _dumped(state)


def as_editable(state: StateModel) -> dict[str, Any]:
    """The public state as JSON data that its model reads again: computed fields are no part."""
    return _dumped(state, round_trip=True)


def _dumped(state: StateModel, *, round_trip: bool = False) -> dict[str, Any]:
    try:
        text = state.model_dump_json(
            by_alias=False, round_trip=round_trip, fallback=repr, warnings=False
        )
    except PydanticSerializationError:
        # Bytes that are no text.
        return _plain(state.model_dump(by_alias=False, round_trip=round_trip, warnings=False))
    data: dict[str, Any] = from_json(text)
    return data


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    text = to_json(values, by_alias=False, bytes_mode="base64", inf_nan_mode="null", fallback=repr)
    data: dict[str, Any] = from_json(text)
    return data


def as_python(model: type[StateModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """The public state as Python values, with declared defaults filled in."""
    try:
        return attributes(load(model, values))
    except ValidationError:
        given = fields_of(model, values)
        return {
            name: given[name] if name in given else field.get_default(call_default_factory=True)
            for name, field in model.model_fields.items()
            if name in given or not field.is_required()
        }
