"""What a change of the state becomes as writes to LangGraph's channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from langgraph.types import Overwrite
from pydantic import BaseModel

from langvel.core.values import attributes
from langvel.exceptions import InvalidNodeResult, UnknownField
from langvel.state.base import StateModel
from langvel.state.fields import reducers


def changes(before: StateModel, after: StateModel, returned: Any) -> dict[str, Any]:
    """What a node changed, as channel writes.

    `after` is the model the node was given and may have changed in place; `returned` is a model,
    a dict of fields, or None. Only differences are written, so parallel branches that touch
    different fields don't collide; a reducer gets what was added, so it never doubles.
    """
    model = type(before)
    given: Mapping[str, Any] = {}
    if returned is None or returned is after:
        after_values = attributes(after)
    elif isinstance(returned, BaseModel):
        after_values = {**attributes(after), **_whole(model, returned)}
    elif isinstance(returned, Mapping):
        if unknown := set(returned) - set(model.model_fields):
            raise UnknownField(unknown, known=model.model_fields, where=model.__name__)
        after_values = attributes(after)
        given = returned
    else:
        raise InvalidNodeResult(
            f"A node returned {type(returned).__name__}; return the state, a dict of fields, or None."
        )
    return _difference(before, after_values, given)


def _whole(model: type[StateModel], returned: BaseModel) -> dict[str, Any]:
    return {name: getattr(returned, name) for name in model.model_fields if hasattr(returned, name)}


def _difference(
    before: StateModel, after: dict[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    model = type(before)
    added = {name for name in given if _is_addition(model, after, given, name)}
    sums = {name: reduced(model, name, after[name], given[name]) for name in added}
    checked = model.model_validate({**after, **given, **sums} if given else after).__dict__
    writes: dict[str, Any] = {}
    for name, earlier in attributes(before).items():
        value = checked[name]
        if value is earlier and name not in added:
            continue
        if name in added and same(earlier, after[name]):
            writes[name] = given[name]
        elif not same(earlier, value):
            writes[name] = as_write(before, name, value)
    return writes


def _is_addition(
    model: type[StateModel], after: dict[str, Any], given: Mapping[str, Any], name: str
) -> bool:
    """A dict follows LangGraph's rule: for a reducer field it holds what to add.

    Unless it hands back the state's own list, or is a dump of the whole state.
    """
    is_dump = len(given) > 1 and set(given) == set(model.model_fields)
    is_own = isinstance(given[name], (list, set, dict)) and given[name] is after[name]
    return name in reducers(model) and not is_own and not is_dump


def reduced(model: type[StateModel], name: str, current: Any, addition: Any) -> Any:
    """What the field will be once its reducer, if it has one, took the addition."""
    if isinstance(addition, Overwrite):
        return addition.value
    reducer = reducers(model).get(name)
    return reducer(current, addition) if reducer else addition


def as_write(state: StateModel, name: str, after: Any) -> Any:
    """What to write so that the field's channel ends up holding `after`."""
    reducer = reducers(type(state)).get(name)
    if reducer is None:
        return after
    before = state[name]
    for addition in _additions(before, after):
        if same(reducer(before, addition), after):
            return addition
    return Overwrite(after)


def _additions(before: Any, after: Any) -> list[Any]:
    """What could have been added to get from one to the other; the reducer is asked which."""
    if isinstance(after, list) and isinstance(before, list):
        return [after[len(before) :]]
    if isinstance(after, (set, frozenset)) and isinstance(before, (set, frozenset)):
        return [after - before]
    if isinstance(after, dict) and isinstance(before, dict):
        return [{key: after[key] for key in after if not same(before.get(key), after[key])}]
    if isinstance(after, (int, float)) and isinstance(before, (int, float)):
        return [after - before]
    return []


def same(a: Any, b: Any) -> bool:
    """Equal in type as well: 1, 1.0 and True are three values once they are JSON."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, BaseModel):
        return same(a.__dict__, b.__dict__) and same(a.__pydantic_extra__, b.__pydantic_extra__)
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    try:
        return bool(a == b)
    except ValueError:
        return False
