"""Where a graph pauses, and what can be seen while it waits."""

from typing import Any

import pytest
from langgraph.types import interrupt

from langvel.core.agent import Agent
from langvel.exceptions import (
    AlreadyPaused,
    CheckpointerRequired,
    InvalidDecision,
    LangvelError,
    MissingThreadId,
    NotPaused,
    ThreadFailed,
    UnknownThread,
    WorkflowPaused,
)
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Trail(StateModel):
    ask: bool = False
    steps: list[str] = []


class TrailAgent(Agent):
    state_model = Trail
    shape = staticmethod(lambda agent: agent.start().then(agent.a).interrupt().then(agent.b).end())

    def build_graph(self) -> GraphBuilder:
        graph: GraphBuilder = self.shape(self)
        return graph

    def a(self, state: Trail) -> None:
        state.steps.append("a")

    async def b(self, state: Trail) -> Trail:
        state.steps.append("b")
        return state

    def c(self, state: Trail) -> dict[str, Any]:
        return {"steps": [*state.steps, "c"]}

    def choose(self, state: Trail) -> None:
        state.set_next("left")

    def left(self, state: Trail) -> None:
        state.context["left"] = True

    def right(self, state: Trail) -> None:
        state.metadata["right"] = True


def make(shape: Any, checkpointer: Any) -> TrailAgent:
    return type(
        "Made", (TrailAgent,), {"shape": staticmethod(shape), "checkpointer": checkpointer}
    )()


async def until_done(agent: Agent, config: Any, values: dict[str, Any]) -> tuple[list[Any], Any]:
    """Resume until the end; gives every `next` on the way and the final state."""
    stops = []
    try:
        result = await agent.invoke(values, config)
    except WorkflowPaused as paused:
        stops.append(paused.next)
        while True:
            try:
                result = await agent.resume(config)
                break
            except WorkflowPaused as again:
                stops.append(again.next)
    return stops, result


async def test_a_gate_pauses_behind_the_step_with_its_output_visible(
    saver: str, thread: Any, pause: Any
) -> None:
    agent = make(TrailAgent.shape, saver)

    paused = await pause(agent, {}, thread)

    assert paused.next == ("a.gate",)
    assert paused.state == agent.get_state(thread)
    assert (paused.state["steps"], paused.state.status) == (["a"], "paused")
    assert paused.thread_id == thread["configurable"]["thread_id"]


async def test_resume_goes_on_and_runs_no_step_twice(saver: str, thread: Any, pause: Any) -> None:
    agent = make(TrailAgent.shape, saver)
    await pause(agent, {}, thread)

    result = await agent.resume(thread)

    assert result.steps == ["a", "b"]
    assert (agent.get_state(thread).status, agent.get_state(thread).next) == ("finished", ())


async def test_another_agent_object_sees_the_pause(saver: str, thread: Any, pause: Any) -> None:
    await pause(make(TrailAgent.shape, saver), {}, thread)

    other = make(TrailAgent.shape, saver)

    assert other.get_state(thread).status == "paused"
    assert (await other.resume(thread)).steps == ["a", "b"]


@pytest.mark.parametrize(
    ("shape", "stops", "steps"),
    [
        (lambda s: s.start().interrupt().then(s.a).end(), [("start.gate",)], ["a"]),
        (lambda s: s.start().then(s.a).interrupt().end(), [("a.gate",)], ["a"]),
        (
            lambda s: s.start().then(s.a).interrupt().interrupt().then(s.b).end(),
            [("a.gate",), ("a.gate.gate",)],
            ["a", "b"],
        ),
        (
            lambda s: s.start().parallel(s.left, s.right).interrupt().then(s.b).end(),
            [("left+right.gate",)],
            ["b"],
        ),
        (
            lambda s: s.start().parallel(s.left, s.right).merge(s.b).interrupt().then(s.c).end(),
            [("b.gate",)],
            ["b", "c"],
        ),
        (
            lambda s: (
                s.start()
                .then(s.choose)
                .branch({"left": s.left, "right": s.right})
                .interrupt()
                .merge(s.b)
                .end()
            ),
            [("left.gate",)],
            ["b"],
        ),
        (
            lambda s: (
                s.start()
                .then(s.choose)
                .interrupt()
                .branch({"left": s.left, "right": s.right})
                .end()
            ),
            [("choose.gate",)],
            [],
        ),
        (
            lambda s: s.start().then(s.a).then(s.b).interrupt(s.a).end(),
            [("a.gate",)],
            ["a", "b"],
        ),
        (
            lambda s: s.start().parallel(s.left, s.right).interrupt(s.left).merge(s.b).end(),
            [("left.gate",)],
            ["b"],
        ),
    ],
    ids=[
        "start",
        "end",
        "twice",
        "parallel",
        "merged",
        "open branch",
        "before branch",
        "by node",
        "one of parallel",
    ],
)
async def test_a_gate_is_never_a_silent_no_op(
    saver: str, thread: Any, shape: Any, stops: Any, steps: Any
) -> None:
    seen, result = await until_done(make(shape, saver), thread, {})

    assert (seen, result.steps) == (stops, steps)


async def test_an_update_leaves_a_gate_behind_a_join_where_it_waits(
    saver: str, thread: Any, pause: Any
) -> None:
    shape = lambda s: s.start().parallel(s.left, s.right).interrupt().then(s.b).end()  # noqa: E731
    agent = make(shape, saver)
    await pause(agent, {}, thread)

    agent.update_state(thread, {"approved": True})
    agent.update_state(thread, {"approval_notes": "twice"})

    assert agent.get_state(thread).next == ("left+right.gate",)
    assert (await agent.resume(thread)).steps == ["b"]


async def test_two_gates_in_parallel_ask_together(saver: str, thread: Any, pause: Any) -> None:
    agent = make(
        lambda s: (
            s.start()
            .parallel(s.left, s.right)
            .interrupt(s.left)
            .interrupt(s.right)
            .merge(s.b)
            .end()
        ),
        saver,
    )

    paused = await pause(agent, {}, thread)
    first, second = paused.interrupts
    with pytest.raises(WorkflowPaused):
        await agent.resume(thread, {first.id: {"type": "approve", "by": "bob"}})
    result = await agent.resume(thread, {second.id: {"type": "approve", "by": "eve"}})

    assert {i.value["node"] for i in paused.interrupts} == {"left", "right"}
    assert (result.approved, result.steps) == (True, ["b"])


async def test_an_update_keeps_both_gates_of_a_parallel_waiting(
    saver: str, thread: Any, pause: Any
) -> None:
    agent = make(
        lambda s: (
            s.start()
            .parallel(s.left, s.right)
            .interrupt(s.left)
            .interrupt(s.right)
            .merge(s.b)
            .end()
        ),
        saver,
    )
    paused = await pause(agent, {}, thread)
    with pytest.raises(WorkflowPaused):
        await agent.resume(thread, {paused.interrupts[0].id: {"type": "approve"}})

    agent.update_state(thread, {"approved": True})

    assert set(agent.get_state(thread).next) == {"left.gate", "right.gate"}
    assert (await agent.resume(thread)).steps == ["b"]


def both_gated(s: Any) -> Any:
    """Two parallel steps with a gate each, and a step that runs after both."""
    both = s.start().parallel(s.left, s.right)
    return both.interrupt(s.left).interrupt(s.right).merge(s.b).end()


@pytest.mark.parametrize("verb", ["approve", "reject"])
async def test_an_answered_gate_asks_again_when_the_state_was_changed(
    saver: str, thread: Any, pause: Any, verb: str
) -> None:
    agent = make(both_gated, saver)
    paused = await pause(agent, {}, thread)
    answered = paused.interrupts[0]
    with pytest.raises(WorkflowPaused):
        await agent.resume(thread, {answered.id: {"type": verb, "by": "bob"}})

    agent.update_state(thread, {"approval_notes": "the rate has changed"})
    with pytest.raises(WorkflowPaused) as again:
        await agent.resume(thread)

    (question,) = again.value.interrupts
    assert question.value["node"] == answered.value["node"]
    assert question.value["state"]["approval_notes"] == "the rate has changed"
    assert again.value.state.steps == []
    assert (await agent.resume(thread, {"type": "approve", "by": "eve"})).steps == ["b"]


@pytest.mark.parametrize(
    ("values", "steps"), [({"approved": True}, ["b"]), ({"rejected": True}, [])]
)
async def test_a_verdict_in_the_state_speaks_for_an_answered_gate_too(
    saver: str, thread: Any, pause: Any, values: Any, steps: Any
) -> None:
    agent = make(both_gated, saver)
    paused = await pause(agent, {}, thread)
    with pytest.raises(WorkflowPaused):
        await agent.resume(thread, {paused.interrupts[0].id: {"type": "approve"}})

    agent.update_state(thread, values)

    assert (await agent.resume(thread)).steps == steps


async def test_an_answer_between_two_updates_is_asked_for_again_too(
    saver: str, thread: Any, pause: Any
) -> None:
    agent = make(both_gated, saver)
    await pause(agent, {}, thread)
    agent.update_state(thread, {"approval_notes": "one"})
    with pytest.raises(InvalidDecision, match="2 questions wait"):
        await agent.resume(thread, {"type": "reject"})
    refused = agent.get_state(thread).interrupts[0]
    with pytest.raises(WorkflowPaused):
        await agent.resume(thread, {refused.id: {"type": "reject"}})

    agent.update_state(thread, {"approval_notes": "two"})
    with pytest.raises(WorkflowPaused) as again:
        await agent.resume(thread)

    assert [each.value["node"] for each in again.value.interrupts] == [refused.value["node"]]
    assert again.value.state.steps == []


async def test_invoke_on_a_paused_thread_is_refused(saver: str, thread: Any, pause: Any) -> None:
    agent = make(TrailAgent.shape, saver)
    await pause(agent, {}, thread)

    with pytest.raises(AlreadyPaused):
        await agent.invoke({}, thread)
    with pytest.raises(AlreadyPaused):
        await agent.invoke(None, thread)

    assert agent.get_state(thread).status == "paused"


async def test_resume_of_an_unknown_thread_is_refused(saver: str, thread: Any) -> None:
    agent = make(TrailAgent.shape, saver)

    with pytest.raises(UnknownThread):
        await agent.resume(thread)
    with pytest.raises(UnknownThread):
        agent.update_state(thread, {"approved": True})

    assert not agent.get_state(thread)
    assert agent.get_state(thread).status == "unknown"


async def test_resume_of_a_finished_thread_is_refused(saver: str, thread: Any, pause: Any) -> None:
    agent = make(TrailAgent.shape, saver)
    await pause(agent, {}, thread)
    await agent.resume(thread)

    with pytest.raises(NotPaused):
        await agent.resume(thread)

    assert agent.get_state(thread).steps == ["a", "b"]


class Flaky(TrailAgent):
    broken = True

    def b(self, state: Trail) -> None:
        state.steps.append("b")
        if self.broken:
            raise RuntimeError("no network")


async def test_a_failed_thread_is_no_pause_and_can_be_run_again(
    saver: str, thread: Any, pause: Any
) -> None:
    agent = Flaky()
    agent.checkpointer = saver
    await pause(agent, {}, thread)
    with pytest.raises(RuntimeError, match="no network"):
        await agent.resume(thread)

    with pytest.raises(ThreadFailed):
        await agent.resume(thread, {"type": "approve"})
    assert agent.get_state(thread).status == "failed"

    agent.broken = False
    assert (await agent.invoke(None, thread)).steps == ["a", "b"]


async def test_a_failed_thread_stays_failed_after_its_state_was_updated(
    saver: str, thread: Any, pause: Any
) -> None:
    agent = Flaky()
    agent.checkpointer = saver
    await pause(agent, {}, thread)
    with pytest.raises(RuntimeError):
        await agent.resume(thread)

    agent.update_state(thread, {"context": {"fixed": True}})

    with pytest.raises(ThreadFailed):
        await agent.resume(thread)
    agent.broken = False
    result = await agent.invoke(None, thread)
    assert (result.steps, result.context) == (["a", "b"], {"fixed": True})


@pytest.mark.parametrize("config", [None, {}, {"configurable": {}}])
async def test_a_thread_id_is_required(saver: str, config: Any) -> None:
    agent = make(TrailAgent.shape, saver)

    for call in (agent.invoke({}, config), agent.resume(config), agent.aget_state(config)):
        with pytest.raises(MissingThreadId):
            await call
    with pytest.raises(MissingThreadId):
        agent.get_state(config)
    with pytest.raises(MissingThreadId):
        agent.update_state(config, {})


async def test_a_pause_is_not_an_error_of_the_library() -> None:
    assert not issubclass(WorkflowPaused, LangvelError)


async def test_langgraphs_own_interrupt_in_a_step_gets_the_answer_as_it_is(
    saver: str, thread: Any, pause: Any
) -> None:
    class Asking(TrailAgent):
        checkpointer = saver

        def a(self, state: Trail) -> None:
            state.steps.append(interrupt("which?"))

        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.a).end()

    agent = Asking()
    paused = await pause(agent, {}, thread)
    result = await agent.resume(thread, "this")

    assert (paused.interrupts[0].value, result.steps) == ("which?", ["this"])


async def test_an_agent_without_gates_needs_no_checkpointer_and_no_thread() -> None:
    agent = make(lambda s: s.start().then(s.a).then(s.c).end(), None)

    result = await agent.invoke({})

    assert (result.steps, result.status) == (["a", "c"], "finished")
    with pytest.raises(CheckpointerRequired):
        agent.get_state({"configurable": {"thread_id": "1"}})


async def test_a_new_run_on_a_finished_thread_starts_without_the_old_review(
    saver: str, thread: Any, pause: Any
) -> None:
    agent = make(TrailAgent.shape, saver)
    await pause(agent, {}, thread)
    await agent.resume(thread, {"type": "approve", "by": "bob"})

    again = await pause(agent, {}, thread)

    assert (again.state.approved, again.state.approved_by) == (False, None)
    assert again.state.steps == ["a", "b", "a"]


async def test_stream_yields_updates_without_our_notes_and_ends_in_the_pause(
    saver: str, thread: Any
) -> None:
    agent, chunks = make(TrailAgent.shape, saver), []

    with pytest.raises(WorkflowPaused):
        async for chunk in agent.stream({}, thread):
            chunks.append(chunk)

    assert chunks[0] == {"a": {"steps": ["a"]}}
    assert list(chunks[1]) == ["__interrupt__"]


async def test_no_kind_of_stream_shows_our_notes(thread: Any) -> None:
    agent, chunks = make(TrailAgent.shape, "memory"), []
    modes = ["values", "updates", "checkpoints", "tasks", "debug"]

    with pytest.raises(WorkflowPaused):
        async for chunk in agent.stream({}, thread, stream_mode=modes, subgraphs=True):
            chunks.append(chunk)

    assert {mode for _, mode, _ in chunks} == set(modes)
    assert "_langvel" not in repr(chunks)


async def test_a_run_stopped_before_a_step_has_not_finished(saver: str, thread: Any) -> None:
    agent = make(TrailAgent.shape, saver)

    stopped = await agent.invoke({}, thread, interrupt_before=["a"])

    assert (stopped.status, stopped.next) == ("stopped", ("a",))
