"""The fluent way to say in which order an agent's steps run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Self

from langgraph.constants import END, START

from langvel.exceptions import GraphInvalid
from langvel.routing.closing import PARALLEL, Setting, close, close_part, dangling
from langvel.routing.draft import Draft, Nested, Part, Placed, Shape, through
from langvel.routing.naming import takes_one_argument
from langvel.routing.plan import (
    Choose,
    Go,
    Loop,
    Node,
    OnReject,
    OnTimeout,
    Plan,
    Question,
    Risk,
    Text,
)
from langvel.routing.questions import faults_of, seconds_of
from langvel.routing.running import current_pass

# A step, or a whole graph in its place: a builder, an agent, or an agent class.
Stage = Node | Nested


class GraphBuilder:
    """Collects steps; `Agent.compile()` turns them into a LangGraph graph.

    Wherever a step may stand, a builder or an agent may stand too, so every shape nests in every
    other: `.branch({"big": GraphBuilder().then(check).interrupt().end(), "small": pay})`.

    Faults are collected too, so that compile can name all of them at once.

    A state model may be given, as Langvel 0.x wanted it; the agent's counts.
    """

    def __init__(self, setting: Setting | type[Any] | None = None) -> None:
        self._setting = setting if isinstance(setting, Setting) else Setting()
        self._draft = Draft()
        self._sealed = False

    def then(self, node: Stage, *, name: str | None = None) -> Self:
        """Run this step next: a function of the state, a builder, or an agent.

        `name` is needed where the graph has a step of that name already. As it runs, a step that
        returns what is no state fails with InvalidNodeResult, one that writes what no checkpoint
        can hold with NotStorable.
        """
        self._require_line(before="then")
        self._draft.lead_to(self._draft.place(node, name=name))
        return self

    def subgraph(self, graph: Stage, *, name: str | None = None) -> Self:
        """Run a whole builder's or agent's graph next.

        Its nodes become nodes of this graph, called `name/step`; so its gates pause this graph.
        An agent's steps see its own state model, whose fields this agent's state must have, and
        an agent is called after its class unless named. A builder may go without a name; its
        steps then keep theirs.
        """
        if not isinstance(graph, Nested):
            self._draft.faults.append(f"subgraph() takes a builder or an agent, not {graph!r}")
        return self.then(graph, name=name)

    def branch(
        self, routes: Mapping[Any, Stage], condition: Callable[[Any], Any] | None = None
    ) -> Self:
        """Go on with the step `state.set_next(key)` chose, or `condition(state)` returns the key of.

        Close with `merge()` or `end()`. After a rejection a condition whose code looks at the
        review decides where to go, as a step that looks at it would. A key that is none of the
        routes' fails the run with UnknownBranch.
        """
        self._require_line(before="branch")
        if condition is not None:
            self._check_condition(condition, of="branch")
            label = self._draft.open[0] if self._draft.open != [START] else "start"
            self._draft.lead_to(through(self._draft.cross(f"{label}.choice")))
        sources = list(self._draft.open)
        placed = {stage: self._draft.place(stage) for stage in dict.fromkeys(routes.values())}
        if not routes:
            self._draft.faults.append("branch() needs at least one route")
        way = Choose({key: placed[stage].entry for key, stage in routes.items()}, condition)
        for source in sources:
            self._draft.plan.ways[source] = way
        self._draft.open = [end for each in placed.values() for end in each.exits]
        self._draft.shape = "branch"
        return self

    def parallel(self, *nodes: Stage) -> Self:
        """Run these steps at the same time. Close with `merge()` or `end()`.

        Two that write the same field fail the run with FieldConflict, unless it has a reducer.
        """
        self._require_line(before="parallel")
        if len(set(nodes)) != len(nodes) or not nodes:
            self._draft.faults.append("parallel() needs one or more different steps")
        arms = [self._draft.place_arm(node) for node in dict.fromkeys(nodes)]
        for source in self._draft.open:
            self._draft.plan.ways[source] = Go(tuple(arm.entry for arm in arms))
        self._draft.open = [end for arm in arms for end in arm.exits]
        self._draft.shape = "parallel"
        return self

    def merge(self, node: Stage, *, name: str | None = None) -> Self:
        """Join every open branch or parallel arm: run this step once, after them."""
        self._refuse_when_sealed()
        self._draft.lead_to(self._draft.place(node, name=name))
        return self

    def loop(
        self,
        func: Stage,
        condition: Callable[[Any], Any],
        max_iterations: int | None = None,
        *,
        name: str | None = None,
    ) -> Self:
        """Run `func` again and again while `condition(state)` holds, which is tested first.

        `func` runs at most `max_iterations` times, then the graph goes on, whatever the condition
        says; without it only LangGraph's recursion limit stops a loop. The condition, sync or
        async, takes the state alone; what it changes in it is lost. A gate in the loop asks anew
        in each round.

        After a rejection in the loop the condition decides about another round if its code looks
        at the review; what follows the loop still has to look at it itself.
        """
        return self._loop(func, condition, max_iterations, name=name, goes_on_when=True, begun=0)

    def while_(
        self,
        condition: Callable[[Any], Any],
        func: Stage,
        max_iterations: int | None = None,
        *,
        name: str | None = None,
    ) -> Self:
        """`loop()`, in the order it is said in."""
        return self._loop(func, condition, max_iterations, name=name, goes_on_when=True, begun=0)

    def until(
        self,
        func: Stage,
        condition: Callable[[Any], Any],
        max_iterations: int | None = None,
        *,
        name: str | None = None,
    ) -> Self:
        """Run `func`, then again as long as `condition(state)` does not hold.

        Like `loop()` otherwise, but the first round is always run.
        """
        return self._loop(func, condition, max_iterations, name=name, goes_on_when=False, begun=1)

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
        state class declares. `deadline` is a timedelta or seconds, counted from the question;
        `on_timeout` says what whoever keeps the queue does then: `"reject"`, `"escalate"` to the
        supervisors, or `"keep"` waiting. Nothing is ever approved by it.

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
            deadline=seconds_of(deadline),
            on_timeout=on_timeout,
            on_reject=on_reject,
        )
        faults = faults_of(question)
        if (running := current_pass(self)) is not None:
            if faults:
                raise GraphInvalid(faults)
            running.mark(question)
            return self
        self._refuse_when_sealed()
        self._draft.faults.extend(faults)
        self._draft.pause(node, question)
        return self

    def end(self) -> Self:
        """Finish here, every open branch included."""
        self._refuse_when_sealed()
        for source in self._draft.open:
            self._draft.plan.ways[source] = Go((END,))
        self._draft.ended = self._draft.shape
        self._draft.open, self._draft.shape = [], "line"
        return self

    def validate(self) -> list[str]:
        """What is wrong with the graph, and which steps `approval_nodes` gates; `[]` for neither.

        Compiling refuses a graph for any of its faults.
        """
        closed = close(self._draft, self._setting)
        return [*closed.faults, *closed.unsaved, *closed.mentions]

    def finish(self, setting: Setting) -> Plan:
        """Close the builder and hand over the plan, or say all that is wrong with it."""
        closed = close(self._draft, setting)
        if closed.faults:
            raise GraphInvalid([*closed.faults, *closed.unsaved])
        self._sealed = True
        return closed.plan

    @property
    def last_shape(self) -> Shape:
        """How the ends are related that `end()` closed."""
        return self._draft.ended

    def __langvel_part__(self) -> Part:
        self._sealed = True
        return close_part(self._draft)

    def _loop(
        self,
        func: Stage,
        condition: Node,
        limit: int | None,
        *,
        name: str | None,
        goes_on_when: bool,
        begun: int,
    ) -> Self:
        self._require_line(before="loop")
        self._check_condition(condition, of="loop")
        if limit is not None and (type(limit) is not int or limit < 1):
            self._draft.faults.append(f"max_iterations is 1 or more, not {limit!r}")
        placed = self._draft.place(func, name=name)
        test = self._draft.loop(placed, Loop(condition, placed.entry, limit, goes_on_when, begun))
        self._draft.lead_to(Placed(placed.entry if begun else test, (test,)))
        return self

    def _check_condition(self, condition: Node, *, of: str) -> None:
        if not callable(condition) or not takes_one_argument(condition):
            self._draft.faults.append(f"The condition of {of}() must take one argument, the state")

    def _require_line(self, *, before: str) -> None:
        self._refuse_when_sealed()
        if self._draft.shape == "branch":
            self._draft.faults.append(f"{dangling(self._draft.open)} before {before}()")
        if self._draft.shape == "parallel":
            self._draft.faults.append(PARALLEL)

    def _refuse_when_sealed(self) -> None:
        if self._sealed:
            raise GraphInvalid(
                [
                    "This graph is compiled or part of another one already; "
                    "only a running step may call interrupt() on it"
                ]
            )
