"""What a step's code mentions, read from its bytecode.

Two questions need it before the step runs: was it written to see a rejection, and may it ask for
a pause? Bytecode, not source: it is there for lambdas and in a frozen program too.
"""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Iterable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from langgraph.types import interrupt as langgraph_interrupt

REVIEW_NAMES = frozenset({"approved", "rejected", "rejection_reason"})

# Code that can't call back into an agent's builder; following it would only cost time.
_FOREIGN = frozenset(sys.stdlib_module_names) | {
    "langchain_core",
    "langgraph",
    "langvel",
    "pydantic",
    "typing_extensions",
}


def looks_at_review(node: Any) -> bool:
    """Whether the step reads the outcome of a review, as the guide's `process_order` does."""
    return any(REVIEW_NAMES & _names(function.__code__) for function in _functions(node))


def may_interrupt(node: Any, *, agent: object) -> bool:
    """Whether the step, or code of the author's it calls, may call `get_builder().interrupt()`.

    Follows names, so it says yes too often rather than too seldom: a needless gate passes
    everything through.
    """
    seen: set[FunctionType] = set()
    pending = list(_functions(node))
    while pending:
        function = pending.pop()
        if function in seen:
            continue
        seen.add(function)
        names = _names(function.__code__)
        if "get_builder" in names or _calls_interrupt(function, names):
            return True
        pending.extend(_called(function, names=names, agent=agent))
    return False


def _calls_interrupt(function: FunctionType, names: frozenset[str]) -> bool:
    return "interrupt" in names and function.__globals__.get("interrupt") is not langgraph_interrupt


def _called(
    function: FunctionType, *, names: frozenset[str], agent: object
) -> Iterator[FunctionType]:
    """The author's functions these names can lead to: globals, closures, attributes of either."""
    roots = [function.__globals__.get(name) for name in names]
    roots += [cell.cell_contents for cell in function.__closure__ or () if _is_filled(cell)]
    roots += [inspect.getattr_static(agent, name, None) for name in names]
    for root in [*roots, *_attributes(roots, names=names)]:
        yield from (f for f in _functions(root) if not _is_foreign(f.__module__))


def _attributes(roots: Iterable[Any], *, names: frozenset[str]) -> Iterator[Any]:
    for root in roots:
        home = root.__name__ if isinstance(root, ModuleType) else type(root).__module__
        if root is not None and not _is_foreign(home):
            yield from (inspect.getattr_static(root, name, None) for name in names)


def _is_foreign(module: str | None) -> bool:
    return (module or "").partition(".")[0] in _FOREIGN


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _functions(node: Any) -> Iterator[FunctionType]:
    """The plain functions in a callable: under methods, partials, properties and decorators."""
    while node is not None:
        if isinstance(node, FunctionType):
            yield node
            node = getattr(node, "__wrapped__", None)
        elif isinstance(node, (MethodType, staticmethod, classmethod)):
            node = node.__func__
        elif isinstance(node, functools.partial):
            node = node.func
        elif isinstance(node, property):
            node = node.fget
        elif isinstance(node, type) or not callable(node):
            return
        else:
            node = getattr(type(node), "__call__", None)  # noqa: B004


def _names(code: CodeType) -> frozenset[str]:
    found = {*code.co_names, *code.co_freevars}
    pending: list[Any] = list(code.co_consts)
    while pending:
        constant = pending.pop()
        if isinstance(constant, CodeType):
            found |= _names(constant)
        elif isinstance(constant, str):
            found.add(constant)
        elif isinstance(constant, (tuple, frozenset)):
            pending.extend(constant)
    return frozenset(found)
