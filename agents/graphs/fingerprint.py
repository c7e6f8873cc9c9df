"""A name for the code of a step, so that a question is not answered by other code than asked it.

LangGraph gives an answer to the first interrupt() of the step that waits, whatever it asks by
then. The name changes with the statements of the step and of what it calls in its own module;
comments, docstrings, formatting and the versions of libraries do not matter.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from types import CodeType, FunctionType
from typing import Any

from agents.graphs.parts import walk
from agents.graphs.structure import Graph

_LIBRARIES = {"langgraph", "langchain", "langchain_core", "langvel", "pydantic"}
"""What these do is theirs to keep stable; an upgrade must not hold every question."""


def step_codes(graph: Graph) -> dict[str, str]:
    """Step of the graph → the name of its code, graphs within included."""
    return {name: _digest(_told(node.bound)) for name, node in graph.nodes.items()}


def _told(runnable: Any) -> list[str]:
    found: set[str] = set()
    functions = (part for part in walk(runnable) if isinstance(part, FunctionType))
    for function in functions:
        if function.__module__.partition(".")[0] not in _LIBRARIES:
            found.add(_statements(function))
    return sorted(found)


def _digest(told: list[str]) -> str:
    return hashlib.sha256("\n\n".join(told).encode("utf-8", "replace")).hexdigest()[:32]


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
