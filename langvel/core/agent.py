"""Agents: what people extend, start, and resume."""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from langvel.core.call import call
from langvel.core.completing import complete
from langvel.core.decision import check_edit
from langvel.core.inputs import first_input, input_schema
from langvel.core.policy import Policy
from langvel.core.request import describing
from langvel.core.values import as_json
from langvel.exceptions import CheckpointerRequired, GraphInvalid
from langvel.routing.builder import GraphBuilder
from langvel.routing.closing import DEFAULT_APPROVAL_NODES, Setting, needs_checkpointer
from langvel.routing.draft import Part
from langvel.routing.drawing import Form, draw
from langvel.routing.naming import humanise, words_of
from langvel.routing.plan import OnTimeout, Plan, Question, Scope
from langvel.routing.questions import faults_of, seconds_of
from langvel.routing.running import current_pass
from langvel.routing.sketch import Sketch, sketch
from langvel.state.base import StateModel
from langvel.state.fields import stored_types
from langvel.state.view import StateView

if TYPE_CHECKING:
    from langvel.core.engine import Engine, Graph, Passes, Saver

logger = logging.getLogger(__name__)

Config = Mapping[str, Any]


class Planned(NamedTuple):
    """The builder that was compiled, kept because running steps call it, and its plan."""

    builder: GraphBuilder
    plan: Plan


class Agent:
    """Extend it: name a state model, write steps, and say in `build_graph` in which order they run.

    A step is a method or function, sync or async, that takes the state. It may change the state in
    place, return it, return a dict of fields, or return nothing.

    `checkpointer` is `"memory"` (which warns: MemoryIsVolatile), `"postgres"`, `"redis"` or a
    saver object; a graph that can pause needs one. `approval_nodes` names steps that get a gate.
    `version` and `title` are for whoever shows the agent. `notifier` is what `send_notification`
    calls. `deadline` and `on_timeout` hold for each question that says nothing else: what
    `interrupt()` means by them. `policies` say how carefully its questions are to be decided, and by whom.
    """

    state_model: type[StateModel] = StateModel
    checkpointer: str | Saver | None = None
    approval_nodes: Sequence[str] = DEFAULT_APPROVAL_NODES
    version: str = "1"
    title: str = "Agent"
    notifier: Callable[[Any], Any] | None = None
    policies: Sequence[Policy] = ()
    deadline: float | timedelta | None = None
    on_timeout: OnTimeout | None = None

    _planned: Planned | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "title" not in cls.__dict__:
            cls.title = humanise(words_of(cls.__name__.removesuffix("Agent") or cls.__name__))

    # Describing the graph

    def build_graph(self) -> GraphBuilder:
        """Return the builder: `self.start().then(self.first_step).end()`."""
        raise NotImplementedError(f"{type(self).__name__} needs a build_graph()")

    def start(self) -> GraphBuilder:
        """A new builder, to be chained and returned by `build_graph`."""
        self._started = GraphBuilder(self._setting)
        return self._started

    def get_builder(self) -> GraphBuilder:
        """The builder. In a running step, its `interrupt()` pauses this pass behind the step."""
        planned = self._planned
        if planned is not None and current_pass(planned.builder) is not None:
            return planned.builder
        started: GraphBuilder | None = self.__dict__.get("_started")
        return started or self.start()

    def describe_review(self, state: Any, node: str) -> Mapping[str, Any]:
        """Override to word the questions of all gates in one place.

        Gets the state and the gated step's name; returns any of title, summary, effect,
        description, risk, editable, deadline, on_timeout, on_reject. What `interrupt()` itself
        says wins. Must not have effects: a gate runs again when it is resumed.
        """
        return {}

    async def send_notification(self, state: Any) -> None:
        """A ready-made step: hands the state to `notifier`, or logs that it came by."""
        notifier = inspect.getattr_static(self, "notifier")
        if notifier is None:
            logger.info("%s: %s", self.title, state.error or "done")
            return
        # A plain function as class attribute must not become a method of the agent.
        is_static = isinstance(notifier, staticmethod)
        await call(notifier.__func__ if is_static else notifier, state)

    # Compiling

    def compile(self, checkpointer: str | Saver | None = None) -> Graph:
        """A LangGraph graph for `ainvoke`; a given saver wins over the class's `checkpointer`.

        Raises GraphInvalid with all faults, or CheckpointerRequired.
        """
        return self._compile(checkpointer).graph

    def draw(self, form: Form = "svg") -> str:
        """The graph as a picture for a page, or as `"text"` for a terminal.

        The picture carries classes only (`graph-node`, `graph-gate`, `graph-edge`, …), so that it
        takes its colours from the page; its text alternative is in `<title>` and `<desc>`. Needs
        no checkpointer. Raises GraphInvalid.
        """
        return draw(self._plan().plan, form=form, title=self.title)

    def sketch(self) -> Sketch:
        """The boxes and arrows that `draw()` draws, for a program that draws them itself."""
        return sketch(self._plan().plan)

    def _compile(self, checkpointer: str | Saver | None) -> Engine:
        """Loads LangGraph, which takes longer than all else; hence by name.

        A program that only describes, draws or checks agents does without it.
        """
        spec = self.checkpointer if checkpointer is None else checkpointer
        builder, plan = self._plan(is_saved=spec is not None)
        if spec is None and plan.gates:
            raise CheckpointerRequired(f"{type(self).__name__}: {needs_checkpointer(plan)}.")
        start: type[Engine] = import_module("langvel.core.engine").Engine
        return start.of(self, plan=plan, owner=builder, checkpointer=spec)

    def _plan(self, *, is_saved: bool = True) -> Planned:
        if self._planned is None:
            if faults := faults_of(self._default_question, where=type(self).__name__):
                raise GraphInvalid(faults)
            builder = self.build_graph()
            if not isinstance(builder, GraphBuilder):
                raise GraphInvalid([f"build_graph() must return the builder, not {builder!r}"])
            setting = replace(self._setting, is_saved=is_saved)
            self._planned = Planned(builder, builder.finish(setting))
        return self._planned

    @property
    def _default_question(self) -> Question:
        return Question(deadline=seconds_of(self.deadline), on_timeout=self.on_timeout)

    @property
    def _setting(self) -> Setting:
        return Setting(
            approval_nodes=self.approval_nodes,
            complete=lambda plan: complete(plan, agent=self, model=self.state_model),
            is_saved=self.checkpointer is not None,
        )

    def __langvel_part__(self) -> Part:
        """This agent's graph as a part of another one's."""
        name = type(self).__name__
        label = words_of(name.removesuffix("Agent") or name).replace(" ", "_").lower()
        try:
            builder, plan = self._plan()
        except GraphInvalid as error:
            return Part(Plan(), "line", list(error.faults), None, label)
        scope = Scope(prefix="", owner=builder, model=self.state_model, describe=describing(self))
        return Part(plan, builder.last_shape, [], scope, label)

    @cached_property
    def _passes(self) -> Passes:
        return self._compile(None).passes

    # Running

    async def invoke(
        self, input: Mapping[str, Any] | None, config: Config | None = None, **options: Any
    ) -> StateView:
        """Run to the end and return the final state; raise WorkflowPaused where a person is due.

        `input=None` runs the failed step of a thread again. `config` names the thread
        (`{"configurable": {"thread_id": "…"}}`); an agent without a checkpointer needs none.

        Raises pydantic.ValidationError for an input that does not fit, MissingThreadId,
        AlreadyPaused when the thread waits for a person, ThreadBusy, LockLost, for `None` also
        UnknownThread and NotPaused; and what a step raises, as it is.
        """
        return await self._passes.invoke(input, config, **options)

    async def resume(
        self, config: Config | None = None, input_data: Any = None, **options: Any
    ) -> StateView:
        """Go on from a pause; raises WorkflowPaused again at the next one.

        Without `input_data` the gate takes the state as `update_state` left it. `input_data` may
        be a decision (`{"type": "approve", "by": "bob"}`), state values to set first, or, where
        several questions wait, a decision for each by interrupt id. A step that called LangGraph's
        own `interrupt()` gets it as it is.

        An answer is checked before anything runs: InvalidDecision, StaleApproval, UnknownField or
        pydantic.ValidationError leave the thread waiting. Raises MissingThreadId, UnknownThread,
        NotPaused for a finished thread, ThreadBusy while another pass runs, ThreadFailed where a
        step raised, LockLost; and what a step raises, as it is.
        """
        return await self._passes.resume(config, input_data, **options)

    async def stream(
        self, input: Mapping[str, Any] | None, config: Config | None = None, **options: Any
    ) -> AsyncIterator[Any]:
        """`invoke`, yielding LangGraph's stream; ends by raising WorkflowPaused at a pause."""
        async for chunk in self._passes.stream(input, config, **options):
            yield chunk

    def get_state(self, config: Config) -> StateView:
        """The thread's state, `.next` and `.status`; false for an unknown thread.

        Raises MissingThreadId, CheckpointerRequired where no thread is remembered, or
        CheckpointerUnreachable, as all that looks at a thread does.
        """
        return self._passes.get_state(config)

    async def aget_state(self, config: Config) -> StateView:
        """`get_state`, without blocking the event loop."""
        return await self._passes.aget_state(config)

    def update_state(
        self, config: Config, values: Mapping[str, Any], as_node: str | None = None
    ) -> None:
        """Set fields of a thread; a paused one stays where it waits.

        All or nothing: raises pydantic.ValidationError or UnknownField and changes nothing.
        `approved=False` or `rejected=True` makes the next `resume` a rejection. Raises
        UnknownThread for one that nobody started, and ThreadBusy while a pass runs.

        Where parallel gates wait and one of them was answered already, that one asks again: its
        question shows a state that has changed. The next bare `resume` answers for it only if
        this update says `approved` or `rejected`; otherwise it stays for a person to answer.
        """
        self._passes.update_state(config, values, as_node)

    async def aupdate_state(
        self, config: Config, values: Mapping[str, Any], as_node: str | None = None
    ) -> None:
        """`update_state`, without blocking the event loop."""
        await self._passes.aupdate_state(config, values, as_node)

    # For programs that drive the compiled graph themselves

    @classmethod
    def input_schema(cls) -> dict[str, Any]:
        """JSON Schema of what starts a run: the author's own fields, without the review fields."""
        return input_schema(cls.state_model)

    @classmethod
    def prepare_input(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """What to pass to the graph's `ainvoke` for a first pass.

        Raises pydantic.ValidationError, also for a review field: nobody approves in a request.
        """
        return first_input(cls.state_model, values)

    @classmethod
    def validate_edit(cls, state: Mapping[str, Any], args: Mapping[str, Any]) -> None:
        """Check edited args against the state as it was shown, both as JSON data.

        Fields that are not shown, such as secrets, are left to the gate.

        Raises pydantic.ValidationError (custom validators included) or UnknownField.
        """
        check_edit(cls.state_model, state, args)

    @classmethod
    def public_state(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """A graph's values as JSON data, without langvel's notes."""
        return as_json(cls.state_model, values)

    @classmethod
    def serializable_types(cls) -> set[type]:
        """The enums, models and dataclasses a strict serializer must allow."""
        return stored_types(cls.state_model)
