"""The fluent way to say in which order an agent's steps run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, Self, get_args

from langgraph.constants import END, START

from langvel.exceptions import GraphInvalid
from langvel.routing.naming import name_of, takes_one_argument
from langvel.routing.plan import (
    Choose,
    Gate,
    Go,
    Join,
    Node,
    OnReject,
    OnTimeout,
    Plan,
    Question,
    Risk,
    Text,
)
from langvel.routing.running import current_pass

# LangGraph's own separators, and the dot that sets apart the names of our gates.
RESERVED = ":|."

# Gated wherever a graph has a step of this name; no fault where it has none.
DEFAULT_APPROVAL_NODES = ("require_approval",)


class GraphBuilder:
    """Collects steps; `Agent.compile()` turns them into a LangGraph graph.

    Faults are collected too, so that compile can name all of them at once.
    """

    def __init__(self) -> None:
        self._plan = Plan()
        self._open: list[str] = [START]
        self._shape: Literal["line", "branch", "parallel"] = "line"
        self._gated: dict[Node, Question] = {}
        self._faults: list[str] = []
        self._sealed = False

    def then(self, node: Node, *, name: str | None = None) -> Self:
        """Run this step next."""
        self._require_line(before="then")
        step = self._add(node, name=name)
        self._lead_to(step)
        return self

    def branch(self, routes: Mapping[str, Node]) -> Self:
        """Go on with the step `state.set_next(key)` chose. Close with `merge()` or `end()`."""
        self._require_line(before="branch")
        names = self._add_all(list(routes.values()))
        by_key = {key: names[node] for key, node in routes.items()}
        if not by_key:
            self._faults.append("branch() needs at least one route")
        for source in self._open:
            self._plan.ways[source] = Choose(by_key)
        self._open, self._shape = list(names.values()), "branch"
        return self

    def parallel(self, *nodes: Node) -> Self:
        """Run these steps at the same time. Close with `merge()` or `end()`."""
        self._require_line(before="parallel")
        names = tuple(self._add_all(nodes).values())
        if len(names) != len(nodes) or not names:
            self._faults.append("parallel() needs one or more different steps")
        for source in self._open:
            self._plan.ways[source] = Go(names)
        self._open, self._shape = list(names), "parallel"
        return self

    def merge(self, node: Node, *, name: str | None = None) -> Self:
        """Join every open branch: run this step once, after them."""
        self._refuse_when_sealed()
        self._lead_to(self._add(node, name=name))
        return self

    def interrupt(
        self,
        node: Node | None = None,
        *,
        title: Text | None = None,
        summary: Text | None = None,
        effect: Text | None = None,
        description: Text | None = None,
        editable: Sequence[str] | None = None,
        risk: Risk | Callable[[Any], Risk] | None = None,
        deadline: float | timedelta | None = None,
        on_timeout: OnTimeout | None = None,
        on_reject: OnReject | None = None,
    ) -> Self:
        """Pause here until a person decided; with `node`, after that step wherever it is.

        Called on the builder while one of its steps runs, it pauses this one pass behind the step.

        Texts are format strings over the state's fields (`"Refund {amount}"`) or functions of the
        state. `editable` names the fields a reviewer may change: by default those the agent's own
        state class declares. `deadline` is in seconds and, with `on_timeout`, advice to whoever
        keeps the queue; nothing is ever approved by it.

        A rejection goes on to the next step only if that step's code looks at the review, that
        is, if it names `approved`, `rejected` or `rejection_reason`. Otherwise the graph ends
        there, so no step runs that was not written to be refused. Only the step directly behind
        the gate is looked at; where several follow in parallel, all of them must look.
        `on_reject="continue"` or `"end"` overrides this.
        """
        question = Question(
            title=title,
            summary=summary,
            effect=effect,
            description=description,
            editable=None if editable is None else tuple(editable),
            risk=risk,
            deadline=deadline.total_seconds() if isinstance(deadline, timedelta) else deadline,
            on_timeout=on_timeout,
            on_reject=on_reject,
        )
        faults = _faults_of(question)
        if (running := current_pass(self)) is not None:
            if faults:
                raise GraphInvalid(faults)
            running.mark(question)
            return self
        self._refuse_when_sealed()
        self._faults.extend(faults)
        if node is not None:
            self._gated[node] = question
        elif self._shape == "branch":
            self._open = [self._gate((source,), question) for source in self._open]
        elif self._open:
            self._gate_line(question)
        else:
            self._faults.append("interrupt() after end() would never be reached")
        return self

    def end(self) -> Self:
        """Finish here, every open branch included."""
        self._refuse_when_sealed()
        for source in self._open:
            self._plan.ways[source] = Go((END,))
        self._open, self._shape = [], "line"
        return self

    def finish(self, *, approval_nodes: Sequence[str] = ()) -> Plan:
        """Close the builder and hand over the plan, or say all that is wrong with it."""
        if not self._sealed:
            self._close_open_ends()
            self._insert_gates(approval_nodes)
            self._sealed = True
        if not self._plan.steps:
            self._faults.append("The graph has no steps")
        if self._faults:
            raise GraphInvalid(list(dict.fromkeys(self._faults)))
        return self._plan

    def _close_open_ends(self) -> None:
        if self._shape == "branch":
            self._faults.append(
                f"Dangling branch: {self._names(self._open)} must be joined by merge() or end()"
            )
        if self._shape == "parallel":
            self._faults.append("Parallel execution detected without explicit merge or end()")
        for source in self._open:
            self._plan.ways[source] = Go((END,))
        self._open, self._shape = [], "line"

    def _insert_gates(self, approval_nodes: Sequence[str]) -> None:
        for node, question in self._gated.items():
            names = [name for name, step in self._plan.steps.items() if step == node]
            if not names:
                self._faults.append(f"interrupt() names {name_of(node)!r}, which is not a step")
            for name in names:
                if self._plan.gate_after(name) is not None:
                    self._faults.append(f"{name!r} has two interrupts")
                self._gate_step(name, question)
        for name in approval_nodes:
            if name in self._plan.steps:
                self._gate_step(name, Question())
            elif name not in DEFAULT_APPROVAL_NODES:
                self._faults.append(f"approval_nodes names {name!r}, which is not a step")

    def _gate_step(self, name: str, question: Question) -> None:
        if self._plan.gate_after(name) is None:
            self._plan.insert_gate(Gate(f"{name}.gate", (name,), question))

    def _gate_line(self, question: Question) -> None:
        gate = self._gate(tuple(self._open), question)
        self._open, self._shape = [gate], "line"

    def _gate(self, after: tuple[str, ...], question: Question) -> str:
        gate = Gate(
            f"{'+'.join('start' if name == START else name for name in after)}.gate",
            after,
            question,
        )
        self._plan.gates[gate.name] = gate
        self._connect(after, gate.name)
        return gate.name

    def _lead_to(self, target: str) -> None:
        self._connect(tuple(self._open), target)
        self._open, self._shape = [target], "line"

    def _connect(self, sources: tuple[str, ...], target: str) -> None:
        waits = self._shape == "parallel" and len(sources) > 1
        for source in sources:
            self._plan.ways[source] = Join(target) if waits else Go((target,))
        if waits:
            self._plan.joins[target] = list(sources)

    def _add_all(self, nodes: Sequence[Node]) -> dict[Node, str]:
        return {node: self._add(node) for node in dict.fromkeys(nodes)}

    def _add(self, node: Node, *, name: str | None = None) -> str:
        step = name or name_of(node)
        if step == "<lambda>":
            step = f"lambda_{len(self._plan.steps) + 1}"
        if step in self._plan:
            self._faults.append(
                f"Duplicate node name {step!r}: give one of them another with name="
            )
            step = f"{step}#{len(self._plan.steps) + 1}"
        if not self._open:
            self._faults.append(f"Unreachable nodes detected: {{{step!r}}}")
        if name in (START, END) or set(name or "") & set(RESERVED):
            self._faults.append(f"Node name {name!r} is reserved or contains one of {RESERVED}")
        if not takes_one_argument(node):
            self._faults.append(f"Node {step!r} must take one argument, the state")
        self._plan.steps[step] = node
        return step

    def _require_line(self, *, before: str) -> None:
        self._refuse_when_sealed()
        if self._shape == "branch":
            self._faults.append(
                f"Dangling branch: {self._names(self._open)} must be joined by merge() or end() "
                f"before {before}()"
            )
        if self._shape == "parallel":
            self._faults.append("Parallel execution detected without explicit merge or end()")

    def _refuse_when_sealed(self) -> None:
        if self._sealed:
            raise GraphInvalid(
                ["This graph is compiled already; only a running step may call interrupt() on it"]
            )

    @staticmethod
    def _names(names: Sequence[str]) -> str:
        return ", ".join(repr(name) for name in names)


def _faults_of(question: Question) -> list[str]:
    offered: tuple[tuple[str, Any, Any], ...] = (
        ("risk", question.risk, Risk),
        ("on_timeout", question.on_timeout, OnTimeout),
        ("on_reject", question.on_reject, OnReject),
    )
    return [
        f"interrupt({name}={value!r}) must be one of {get_args(allowed)}"
        for name, value, allowed in offered
        if value is not None and not callable(value) and value not in get_args(allowed)
    ]
