"""Nodes a run never reaches, and nodes it never leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from langgraph.constants import END, START

from langvel.routing.plan import Plan


def stray_nodes(plan: Plan) -> list[str]:
    reached = _spread([START], plan.next_to)
    before: dict[str, set[str]] = {}
    for name in (START, *plan.names()):
        for target in plan.next_to(name):
            before.setdefault(target, set()).add(name)
    ending = _spread([END], lambda name: before.get(name, ()))
    unreachable = [name for name in plan.names() if name not in reached]
    endless = [name for name in plan.names() if name in reached and name not in ending]
    faults = []
    if unreachable:
        faults.append(f"Unreachable nodes detected: {_listed(plan, unreachable)}")
    if endless:
        faults.append(f"Nodes with no path to END: {_listed(plan, endless)}")
    return faults


def _spread(names: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    found, pending = set(names), list(names)
    while pending:
        new = set(following(pending.pop())) - found
        found |= new
        pending.extend(new)
    return found


def _listed(plan: Plan, names: list[str]) -> str:
    """The author's steps, or our own nodes where there are none."""
    shown = [name for name in names if name in plan.steps] or names
    return f"{{{', '.join(map(repr, shown))}}}"
