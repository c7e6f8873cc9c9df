"""From a draft to a plan: its gates put in, its faults found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from langgraph.constants import END

from langvel.routing.checks import stray_nodes
from langvel.routing.draft import Draft, Part
from langvel.routing.naming import name_of
from langvel.routing.plan import Gate, Go, Plan, Question

# Gated wherever a graph has a step of this name; no fault where it has none.
DEFAULT_APPROVAL_NODES = ("require_approval",)

PARALLEL = "Parallel execution detected without explicit merge or end()"


def _nothing(plan: Plan) -> list[str]:
    return []


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a builder has to know of the agent it belongs to."""

    approval_nodes: Sequence[str] = ()
    # Adds what only the agent can, and gives the faults only it can see.
    complete: Callable[[Plan], list[str]] = _nothing
    is_saved: bool = True


@dataclass
class Closed:
    plan: Plan
    faults: list[str]
    # Apart, since a saver may still be given when the graph is compiled.
    unsaved: list[str] = field(default_factory=list)
    mentions: list[str] = field(default_factory=list)


def close(draft: Draft, setting: Setting) -> Closed:
    """Finish a copy of the draft."""
    draft = draft.copy()
    _close_open_shape(draft)
    _insert_gates(draft)
    mentions = _gate_approval_nodes(draft, setting.approval_nodes)
    plan, faults = draft.plan, draft.faults
    faults += stray_nodes(plan) if plan.steps or faults else ["The graph has no steps"]
    if not faults:
        faults += setting.complete(plan)
    unsaved = [] if setting.is_saved or not plan.gates else [needs_checkpointer(plan)]
    return Closed(plan, list(dict.fromkeys(faults)), unsaved, mentions)


def close_part(draft: Draft) -> Part:
    """Finish a copy as a part of another graph, where it may go without end()."""
    draft = draft.copy()
    shape = draft.shape if draft.open else draft.ended
    _close_open_shape(draft)
    for source in draft.open:
        draft.plan.ways[source] = Go((END,))
    _insert_gates(draft)
    return Part(draft.plan, shape, draft.faults, None, None)


def needs_checkpointer(plan: Plan) -> str:
    return (
        f"Gate without a checkpointer: the graph pauses at {', '.join(plan.gates)}; "
        "set checkpointer = 'postgres', or 'memory' for tests"
    )


def dangling(names: Sequence[str]) -> str:
    listed = ", ".join(repr(name) for name in names)
    return f"Dangling branch: {listed} must be joined by merge() or end()"


def _close_open_shape(draft: Draft) -> None:
    """A line without end() is left open for the check for ways to END to find."""
    if draft.shape == "line":
        return
    draft.faults.append(dangling(draft.open) if draft.shape == "branch" else PARALLEL)
    for source in draft.open:
        draft.plan.ways[source] = Go((END,))
    draft.open, draft.shape = [], "line"


def _insert_gates(draft: Draft) -> None:
    for node, question in draft.gated.items():
        names = [name for name, step in draft.plan.steps.items() if step == node]
        if not names:
            draft.faults.append(f"interrupt() names {name_of(node)!r}, which is not a step")
        for name in names:
            if draft.plan.gate_after(name) is not None:
                draft.faults.append(f"{name!r} has two interrupts")
            gate_step(draft.plan, name, question)


def _gate_approval_nodes(draft: Draft, approval_nodes: Sequence[str]) -> list[str]:
    """Gate the steps of these names, also those a nested builder brought, but not an agent's.

    A nested agent has approval_nodes of its own.
    """
    plan, mentions = draft.plan, []
    own = [name for name in plan.steps if name not in plan.scopes]
    for wanted in approval_nodes:
        names = [name for name in own if name.rpartition("/")[2] == wanted]
        if not names and wanted not in DEFAULT_APPROVAL_NODES:
            draft.faults.append(f"approval_nodes names {wanted!r}, which is not a step")
        for name in names:
            if gate_step(plan, name, Question()):
                mentions.append(f"The graph pauses after {name!r}: approval_nodes names it")
    return mentions


def gate_step(plan: Plan, name: str, question: Question, *, on_demand: bool = False) -> bool:
    """Gate a step that has no gate yet."""
    if plan.gate_after(name) is not None:
        return False
    plan.insert_gate(Gate(f"{name}.gate", (name,), question, on_demand))
    return True
