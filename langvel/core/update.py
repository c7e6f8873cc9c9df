"""What a person may change in a thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langvel.core.notes import VERDICT, verdict_of
from langvel.core.values import attributes, load
from langvel.core.writes import as_write, reduced
from langvel.exceptions import UnknownField
from langvel.state.base import StateModel
from langvel.state.private import PRIVATE


def person_update(
    model: type[StateModel], current: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """A person's changes as channel writes, once the state with them is valid."""
    if unknown := set(values) - set(model.model_fields):
        raise UnknownField(unknown, known=model.model_fields, where=model.__name__)
    state = load(model, current)
    sums = {name: _sum(state, name, values[name]) for name in values}
    changed = model.model_validate({**attributes(state), **sums})
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
