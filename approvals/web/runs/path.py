"""Which way a run took through its graph, as far as its questions and its end prove it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.safestring import SafeString

from approvals.models import Interrupt, Run
from approvals.web.runs.drawing import draw

MOST_STEPS = 200
"""Larger graphs are drawn without the way to the steps that are known."""


@dataclass(frozen=True, kw_only=True)
class Path:
    visited: frozenset[str]
    current: frozenset[str]


def picture_of(run: Run, questions: Iterable[Interrupt]) -> SafeString:
    """The agent's graph with the way this run took; empty where none was published."""
    path = path_of(run, questions)
    return draw(run.agent, visited=path.visited, current=path.current)


def path_of(run: Run, questions: Iterable[Interrupt]) -> Path:
    """Steps the run has certainly been at: those that asked, and all that lie before each of them.

    A step between two others is not guessed at: where a branch might have gone either way,
    neither way is marked.
    """
    nodes, before = _graph_of(run.agent.drawing)
    start = next((name for name, kind in nodes.items() if kind == "start"), "")
    end = next((name for name, kind in nodes.items() if kind == "end"), "")
    asked = {one.node: one.status in Interrupt.OPEN and run.is_active for one in questions}
    current = {node for node, is_open in asked.items() if is_open}
    reached = set(asked) & set(nodes)
    if run.error and run.error.get("node") in nodes:
        current = {run.error["node"]}
        reached |= current
    if run.status == Run.Status.SUCCESS and end:
        reached.add(end)
    visited = {name for node in reached for name in _always_before(node, start, before)} | reached
    if run.status != Run.Status.PENDING and start:
        visited.add(start)
    return Path(visited=frozenset(visited - current), current=frozenset(current))


def _graph_of(drawing: Mapping[str, object]) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Names of boxes with their kinds, and for each the boxes that lead to it."""
    boxes, arrows = drawing.get("boxes") or [], drawing.get("arrows") or []
    nodes = {box["name"]: box["kind"] for box in boxes}
    before: dict[str, set[str]] = {name: set() for name in nodes}
    for arrow in arrows:
        before[arrow["target"]].add(arrow["source"])
    return nodes, before


def _always_before(node: str, start: str, before: Mapping[str, Collection[str]]) -> set[str]:
    """The boxes on every way from the start to this one: without one of them there is no way."""
    if len(before) > MOST_STEPS:
        return set()
    upstream = _reach(node, before, without="")
    return {
        name
        for name in upstream - {node}
        if name == start or start not in _reach(node, before, without=name)
    }


def _reach(node: str, before: Mapping[str, Collection[str]], *, without: str) -> set[str]:
    seen, todo = {node}, [node]
    while todo:
        for name in before[todo.pop()]:
            if name not in seen and name != without:
                seen.add(name)
                todo.append(name)
    return seen
