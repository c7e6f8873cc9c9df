"""One pass through a graph: start, resume, continue or cancel it, and say what came of it.

The runner returns, it records nothing. What it is given by id it checks against the graph's own
snapshot; what it finds it reports as an Outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END
from langgraph.types import Command

from agents.adapters import RegisteredAgent
from agents.config import RunConfig, both
from agents.failure import PassLost, describe, is_storage_error
from agents.forking import Planter, Seed
from agents.history import History, Span, read_history
from agents.moves import Moves
from agents.outcome import Cancelled, ErrorInfo, Failed, Finished, Outcome, Paused, Question
from agents.raised import Raised
from agents.traces import Traces
from agents.view import Reader, View

__all__ = ["PassLost", "RunConfig", "Thread", "Traces", "View"]


class Thread:
    """One run's thread in one graph. Every method that moves the graph is one pass."""

    def __init__(
        self,
        agent: RegisteredAgent,
        config: RunConfig,
        saver: BaseCheckpointSaver[Any],
        raised: Raised | None = None,
    ) -> None:
        self._agent = agent
        self._config = config
        self._saver = saver
        self._raised = raised
        self._graph = agent.compile(saver)
        self._reader = Reader(agent, self._graph, config, saver, raised)
        self._moves = Moves(self._graph, config, saver)

    async def view(self) -> View:
        """What the checkpoint says, without running anything."""
        return await self._reader.view()

    async def start(self, values: dict[str, Any]) -> Outcome:
        """First pass, from the stored input."""
        try:
            prepared = self._agent.prepare_input(values)
        except ValueError as error:
            return Failed(state={}, error=describe(error))
        return await self._pass(prepared, self._config.as_langgraph())

    async def resume(self, answers: Mapping[str, Any]) -> Outcome:
        """Carry answers, by interrupt id, into the graph.

        The caller has just seen every id pending in `view`; LangGraph is told to refuse an id
        that has been used meanwhile instead of answering the next question with it (fact 10).
        """
        config = self._config.as_langgraph(__pregel_strict_resume=True)
        return await self._pass(Command(resume=dict(answers)), config)

    async def deliver(self, answers: Sequence[tuple[Question, Any]]) -> Outcome | None:
        """Do what was decided: resume, or edit the state and continue, or cancel.

        None: a node was skipped and the rest is to be delivered to what `view` shows now, for
        the thread may have come to the next breakpoint, which going on would pass unasked.
        """
        steering = [(question, told) for question, told in answers if question.steers]
        if any(told.get("cancel") for _, told in steering):
            await self.cancel()
            return Cancelled()
        skipped = [question for question, told in steering if told.get("skip")]
        for question, told in steering:
            if told.get("update"):
                try:
                    await self._moves.edit(question.namespace, told["update"])
                except ValueError as error:
                    return await self._refused(error)
        for question in skipped:
            await self._moves.skip(question.namespace)
        if skipped:
            return None
        if any(question.goes_last for question, _ in answers):
            return await self._resume_bare([told for _, told in answers])
        values = {question.interrupt_id: told for question, told in answers if not question.steers}
        return await (self.resume(values) if values else self.continue_())

    async def _resume_bare(self, values: Sequence[Any]) -> Outcome:
        """Answer the one question of a graph that keeps no checkpoints, which has no lasting id."""
        if len(values) > 1 or values[0] is None or values[0] == {}:
            view = await self.view()
            return Failed(state=view.state, error=_UNKEPT, questions=view.questions)
        config = self._config.as_langgraph(__pregel_strict_resume=True)
        return await self._pass(Command(resume=values[0]), config)

    async def continue_(self) -> Outcome:
        """Go on from the checkpoint: after a crash, or to retry a failed node's stored answer."""
        return await self._pass(None, self._config.as_langgraph())

    async def reask(self) -> Outcome:
        """Fork the head, so that the question of a failed node is asked anew (fact 14)."""
        snapshot = await self._graph.aget_state(self._config.as_langgraph())
        head = snapshot.config["configurable"]["checkpoint_id"]
        return await self._pass(None, self._config.as_langgraph(checkpoint_id=head))

    async def traces(self, *, since: str) -> Traces:
        """What the checkpoints tell of what happened since that one."""
        return await Traces.read(self._saver, self._config, since=since, raised=self._raised)

    async def plant(self, seed: Seed) -> ErrorInfo | None:
        """Begin this thread with a checkpoint of another one; returns why that cannot be done."""
        return await Planter(self._agent, self._graph, self._config, self._saver).plant(seed)

    async def history(self, *, span: Span, limit: int) -> History:
        """The checkpoints of that part of the thread, newest first."""
        return await read_history(
            self._agent, self._graph, self._config, self._saver, span=span, limit=limit
        )

    async def cancel(self) -> None:
        """Leave the thread with nothing to do (fact 17)."""
        await self._graph.aupdate_state(self._config.as_langgraph(), None, as_node=END)

    async def _pass(self, graph_input: Any, config: RunnableConfig) -> Outcome:
        try:
            await self._graph.ainvoke(
                graph_input,
                config,
                context=self._config.context,
                durability=self._agent.structure.durability,
                **self._breakpoints(),
            )
        except Exception as error:
            return await self._after_error(error)
        view = await self.view()
        if view.error is not None:
            # Of an earlier pass: LangGraph keeps it beside what the retried step did since.
            await self._moves.forget_errors()
            view = await self.view()
        if view.questions:
            return Paused(state=view.state, questions=view.questions)
        if view.next:
            return Failed(state=view.state, error=_unseen_stop(view), questions=())
        return Finished(state=view.state)

    def _breakpoints(self) -> dict[str, Any]:
        """What is given at run time replaces the graph's own in LangGraph; here it adds to it."""
        given: dict[str, Any] = {}
        if self._config.interrupt_before:
            own = self._graph.interrupt_before_nodes
            given["interrupt_before"] = _as_argument(both(self._config.interrupt_before, own))
        if self._config.interrupt_after:
            own = self._graph.interrupt_after_nodes
            given["interrupt_after"] = _as_argument(both(self._config.interrupt_after, own))
        return given

    async def _after_error(self, error: Exception) -> Outcome:
        """Tell a graph that failed from a storage that did.

        A node's own exception is in the checkpoint by now, whatever its type; a database error
        that is not there came from the saver and says nothing about the graph.
        """
        try:
            view = await self.view()
        except Exception as unreadable:
            raise PassLost(str(error)) from unreadable
        if view.error is None and is_storage_error(error):
            raise PassLost(str(error)) from error
        node = view.error.node if view.error else ""
        return Failed(state=view.state, error=describe(error, node=node), questions=view.questions)

    async def _refused(self, error: ValueError) -> Outcome:
        view = await self.view()
        return Failed(state=view.state, error=describe(error), questions=view.questions)


_UNKEPT = ErrorInfo(
    type="NoCheckpoints",
    message=(
        "The question comes from a graph compiled with checkpointer=False. LangGraph can hand such "
        "a graph one answer at a time, and neither null nor an empty object."
    ),
)


def _as_argument(nodes: Any) -> Any:
    return nodes if nodes == "*" else list(nodes)


def _unseen_stop(view: View) -> ErrorInfo:
    """A breakpoint in a graph that a step calls a second time, say, shows nowhere."""
    return ErrorInfo(
        type="PausedWithoutQuestion",
        message=(
            f"The graph stopped in {', '.join(view.next)}, at a breakpoint that cannot be seen "
            "from outside. Call interrupt() in a node of that graph instead."
        ),
    )
