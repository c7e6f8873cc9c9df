"""What a step's code mentions, read from its bytecode.

Two questions need it before the step runs: was it written to see a rejection, and may it ask for
a pause? Bytecode, not source: it is there for lambdas and in a frozen program too.
"""

from __future__ import annotations

import dis
import functools
import inspect
import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

REVIEW_NAMES = frozenset({"approved", "rejected", "rejection_reason"})

_READING = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR", "LOAD_CONST", "RETURN_CONST"})

# What makes the constant before it a place to write to, or the name of an argument.
_NAMING = frozenset({"STORE_SUBSCR", "DELETE_SUBSCR", "CALL_KW"})

# Code that can't call back into an agent's builder; following it would only cost time.
_FOREIGN = frozenset(sys.stdlib_module_names) | {
    "langchain_core",
    "langgraph",
    "langvel",
    "pydantic",
    "typing_extensions",
}


def looks_at_review(node: Any) -> bool:
    """Whether the step reads the outcome of a review, as the guide's `process_order` does.

    Setting a field is not reading it: a step that says `state.approved = True` must not run after
    a rejection.
    """
    return any(REVIEW_NAMES & _read(function.__code__) for function in _functions(node))


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
    return "interrupt" in names and not _is_langgraphs(function.__globals__.get("interrupt"))


def _is_langgraphs(interrupt: Any) -> bool:
    """By name, for the sake of agents that are only described: importing LangGraph takes long."""
    named = (getattr(interrupt, "__module__", None), getattr(interrupt, "__qualname__", None))
    return named == ("langgraph.types", "interrupt")


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
    while True:
        if isinstance(node, FunctionType):
            yield node
            node = getattr(node, "__wrapped__", None)
        elif isinstance(node, (MethodType, staticmethod, classmethod)):
            node = node.__func__
        elif isinstance(node, functools.partial):
            node = node.func
        elif isinstance(node, property):
            node = node.fget
        elif isinstance(node, type) or node is None:
            return
        else:
            call = inspect.getattr_static(type(node), "__call__", None)
            node = call if isinstance(call, FunctionType) else None


def _names(code: CodeType) -> frozenset[str]:
    """Every name and string constant, whatever is done with it."""
    return frozenset({*code.co_names, *code.co_freevars}).union(
        _strings(code.co_consts), *map(_names, _nested(code))
    )


def _read(code: CodeType) -> frozenset[str]:
    """Attributes that are read, and string constants that don't name a place to write to."""
    found: set[str] = set()
    instructions = list(dis.get_instructions(code))
    for instruction, following in pairwise([*instructions, None]):
        is_named = following is not None and following.opname in _NAMING
        if instruction is not None and instruction.opname in _READING and not is_named:
            found |= _strings([instruction.argval])
    return frozenset(found).union(*map(_read, _nested(code)))


def _nested(code: CodeType) -> Iterator[CodeType]:
    return (constant for constant in code.co_consts if isinstance(constant, CodeType))


def _strings(values: Iterable[Any]) -> set[str]:
    found: set[str] = set()
    for value in values:
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, (tuple, frozenset)):
            found |= _strings(value)
    return found
