"""What a step of a graph is made of: the functions and graphs it wraps, closes over and calls."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

from langchain_core.runnables import RunnableSequence
from langgraph.pregel import Pregel


def walk(target: Any) -> Iterator[Any]:
    """The target and all it is made of, as far as it is written beside it."""
    seen: set[int] = set()
    waiting = [target]
    while waiting:
        part = waiting.pop()
        if id(part) not in seen:
            seen.add(id(part))
            yield part
            waiting += _parts(part)


def _parts(target: Any) -> list[Any]:
    if isinstance(target, FunctionType):
        return _called(target)
    if isinstance(target, MethodType):
        return [target.__func__, *_own_methods(target), *_parts(target.__self__)]
    if isinstance(target, partial):
        return [target.func, *target.args]
    if isinstance(target, Pregel):
        return [node.bound for node in target.nodes.values()]
    if isinstance(target, RunnableSequence):
        return list(target.steps)
    if dataclasses.is_dataclass(target) and not isinstance(target, type):
        return [getattr(target, field.name) for field in dataclasses.fields(target)]
    wrapped = [getattr(target, name, None) for name in ("func", "afunc", "bound", "coroutine")]
    return [one for one in wrapped if callable(one)]


def _called(function: FunctionType) -> list[Any]:
    """Functions it closes over, and those of its own module that it names."""
    closed = [_content(cell) for cell in function.__closure__ or ()]
    names = set(_names(function.__code__))
    beside = [
        value
        for name, value in function.__globals__.items()
        if name in names and getattr(value, "__module__", None) == function.__module__
    ]
    wrapped = [function.__wrapped__] if hasattr(function, "__wrapped__") else []
    return [one for one in (*closed, *beside, *wrapped) if _is_code(one)]


def _own_methods(method: MethodType) -> list[Any]:
    owner, names = type(method.__self__), set(_names(method.__func__.__code__))
    return [
        found for name in names if isinstance(found := getattr(owner, name, None), FunctionType)
    ]


def _is_code(value: Any) -> bool:
    return isinstance(value, (FunctionType, MethodType, partial, Pregel))


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)
