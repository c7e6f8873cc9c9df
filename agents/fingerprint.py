"""A name for the code of a step, so that a question is not answered by other code than asked it.

LangGraph gives an answer to the first interrupt() of the step that waits, whatever it asks by
then. The name changes with the statements of the step and of what it calls in its own module;
comments, docstrings, formatting and the versions of libraries do not matter.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import inspect
import textwrap
from collections.abc import Iterator
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any

from langchain_core.runnables import RunnableSequence
from langgraph.pregel import Pregel

from agents.structure import Graph

_LIBRARIES = {"langgraph", "langchain", "langchain_core", "langvel", "pydantic"}
"""What these do is theirs to keep stable; an upgrade must not hold every question."""


def step_codes(graph: Graph) -> dict[str, str]:
    """Step of the graph → the name of its code, graphs within included."""
    return {name: _digest(_told(node.bound)) for name, node in graph.nodes.items()}


def _told(runnable: Any) -> list[str]:
    found: dict[str, str] = {}
    for function in _functions(runnable, seen=set()):
        if function.__module__.partition(".")[0] not in _LIBRARIES:
            found[f"{function.__module__}.{function.__qualname__}"] = _statements(function)
    return [f"{name}\n{code}" for name, code in sorted(found.items())]


def _digest(told: list[str]) -> str:
    return hashlib.sha256("\n\n".join(told).encode("utf-8", "replace")).hexdigest()[:32]


def _functions(target: Any, *, seen: set[int]) -> Iterator[FunctionType]:
    if id(target) in seen:
        return
    seen.add(id(target))
    if isinstance(target, FunctionType):
        yield target
    for part in _parts(target):
        yield from _functions(part, seen=seen)


def _parts(target: Any) -> list[Any]:
    """What the target is made of or calls, as far as it is written beside it."""
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


def _statements(function: FunctionType) -> str:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return _instructions(function.__code__)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and _is_docstring(body):
            node.body = body[1:]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_docstring(body: list[Any]) -> bool:
    return (
        bool(body)
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    )


def _instructions(code: CodeType) -> str:
    """For code whose source is not to be had: a lambda in the middle of a line, say."""
    consts = [
        _instructions(one)
        if isinstance(one, CodeType)
        else type(one).__name__
        if isinstance(one, frozenset)
        else repr(one)
        for one in code.co_consts
    ]
    return repr((code.co_code.hex(), code.co_names, consts))
