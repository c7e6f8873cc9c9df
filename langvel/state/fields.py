"""What a state model declares: its own fields, its reducers, its types."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, Optional, get_args, get_type_hints

from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

REVIEW_FIELDS = (
    "approved",
    "approved_by",
    "approved_at",
    "approval_time",
    "approval_ip",
    "approval_notes",
    "rejected",
    "rejected_by",
    "rejection_reason",
)

_STORED = (BaseModel, Enum, SecretStr, SecretBytes)

Reducer = Callable[[Any, Any], Any]


def allow_none_where_it_is_the_default(model: type[BaseModel]) -> None:
    """Read `approved_by: str = None` the way it is meant: None may come back from a form."""
    fields = [field for field in model.__pydantic_fields__.values() if _hides_none(field)]
    for field in fields:
        field.annotation = Optional[field.annotation]  # type: ignore[assignment]  # noqa: UP045
    if fields:
        model.model_rebuild(force=True)


def _hides_none(field: FieldInfo) -> bool:
    allows_none = field.annotation is Any or type(None) in get_args(field.annotation)
    return field.default is None and field.default_factory is None and not allows_none


@cache
def own_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields the agent's author declared, without the review fields.

    These are what a run starts with and what a reviewer may change. A field of StateModel that
    is declared again counts as the author's.
    """
    declared = {
        name
        for cls in model.__mro__
        if not cls.__module__.startswith(("langvel.state.", "pydantic."))
        for name in inspect.get_annotations(cls)
    }
    return tuple(
        name
        for name, field in model.model_fields.items()
        if name in declared and name not in REVIEW_FIELDS and not field.exclude and not field.frozen
    )


@cache
def reducers(model: type[BaseModel]) -> Mapping[str, Reducer]:
    """The fields that have one. Remembered: looking for them took a fifth of a step's time."""
    found = {name: _reducer(field) for name, field in model.model_fields.items()}
    return {name: reducer for name, reducer in found.items() if reducer is not None}


def _reducer(field: FieldInfo) -> Reducer | None:
    """The function of `Annotated[list[str], operator.add]`, if there is one."""
    for item in reversed(field.metadata):
        if callable(item) and not isinstance(item, type) and _takes_two(item):
            return item  # type: ignore[no-any-return]
    return None


def _takes_two(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True


def stored_types(model: type[BaseModel]) -> set[type]:
    """The enums, models, dataclasses and secrets a checkpoint of this state can hold.

    Subclasses count too: a field typed with a base class may hold any of them. LangChain's
    messages don't: LangGraph trusts those already.
    """
    found: set[type] = set()
    pending: list[Any] = [field.annotation for field in model.model_fields.values()]
    while pending:
        annotation = pending.pop()
        pending.extend(get_args(annotation))
        if not isinstance(annotation, type) or annotation in found or not _is_stored(annotation):
            continue
        found.add(annotation)
        pending.extend(annotation.__subclasses__())
        pending.extend(_annotations_within(annotation))
    return found


@cache
def has_computed_fields(model: type[BaseModel]) -> bool:
    """Whether a dump of the state says more, at any depth, than its model can read."""
    types = (model, *stored_types(model))
    return any(cls.model_computed_fields for cls in types if issubclass(cls, BaseModel))


def _is_stored(cls: type) -> bool:
    if cls.__module__.startswith("langchain_core."):
        return False
    return issubclass(cls, _STORED) or dataclasses.is_dataclass(cls)


def _annotations_within(cls: type) -> list[Any]:
    if issubclass(cls, BaseModel):
        return [field.annotation for field in cls.model_fields.values()]
    if dataclasses.is_dataclass(cls):
        return list(get_type_hints(cls).values())
    return []
