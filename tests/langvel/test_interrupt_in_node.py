"""`self.get_builder().interrupt()` inside a running step."""

import asyncio
import threading
from typing import Any

import pytest

from langvel.core.agent import Agent
from langvel.exceptions import CheckpointerRequired, GraphInvalid, LangvelError, WorkflowPaused
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Job(StateModel):
    risky: bool = False
    runs: int = 0
    done: bool = False


class Marking(Agent):
    state_model = Job
    checkpointer = "memory"

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.work).then(self.finish).end()

    async def work(self, state: Job) -> Job:
        state.runs += 1
        if state.risky:
            self.get_builder().interrupt(title="Really {do} this?", risk="high")
        await asyncio.sleep(0)
        state.context["after"] = "the mark"
        return state

    def finish(self, state: Job) -> None:
        state.done = True


async def test_the_step_finishes_and_runs_once(saver: str, thread: Any, pause: Any) -> None:
    agent = Marking()
    agent.checkpointer = saver

    paused = await pause(agent, {"risky": True}, thread)
    result = await agent.resume(thread)

    assert (paused.state.runs, paused.state.context) == (1, {"after": "the mark"})
    assert (result.runs, result.done) == (1, True)


async def test_a_pass_without_the_mark_does_not_pause(saver: str, thread: Any) -> None:
    agent = Marking()
    agent.checkpointer = saver

    assert (await agent.invoke({}, thread)).done


async def test_the_mark_never_leaks_to_another_thread(threads: Any) -> None:
    agent = Marking()
    configs = [threads() for _ in range(20)]

    results = await asyncio.gather(
        *[agent.invoke({"risky": i % 2 == 0}, config) for i, config in enumerate(configs)],
        return_exceptions=True,
    )

    assert [isinstance(result, WorkflowPaused) for result in results] == [True, False] * 10


async def test_the_mark_is_gone_on_the_next_run_of_the_thread(thread: Any, pause: Any) -> None:
    agent = Marking()
    await pause(agent, {"risky": True}, thread)
    await agent.resume(thread)

    assert (await agent.invoke({"risky": False}, thread)).done


async def test_the_words_of_a_running_step_are_taken_literally(thread: Any, pause: Any) -> None:
    paused = await pause(Marking(), {"risky": True}, thread)

    request = paused.interrupts[0].value
    assert (request["title"], request["risk"], request["node"]) == (
        "Really {do} this?",
        "high",
        "work",
    )


async def test_the_mark_survives_an_update_of_the_state(thread: Any, pause: Any) -> None:
    agent = Marking()
    await pause(agent, {"risky": True}, thread)

    agent.update_state(thread, {"approved": True})

    assert agent.get_state(thread).next == ("work.gate",)
    assert (await agent.resume(thread)).done


def ask_for_help(agent: Agent) -> None:
    agent.get_builder().interrupt()


class Helper:
    def consult(self, agent: Agent) -> None:
        ask_for_help(agent)


@pytest.mark.parametrize("way", ["method", "function", "object", "sync"])
async def test_the_mark_works_from_whatever_the_step_calls(
    thread: Any, pause: Any, way: str
) -> None:
    class Indirect(Marking):
        def __init__(self) -> None:
            self.helper = Helper()

        async def method(self, state: Job) -> None:
            self._method()

        def _method(self) -> None:
            self.get_builder().interrupt()

        async def function(self, state: Job) -> None:
            ask_for_help(self)

        async def object(self, state: Job) -> None:
            self.helper.consult(self)

        def sync(self, state: Job) -> None:
            self.get_builder().interrupt()

        def build_graph(self) -> GraphBuilder:
            return self.start().then(getattr(self, way)).end()

    paused = await pause(Indirect(), {}, thread)

    assert paused.next == (f"{way}.gate",)


async def test_a_mark_nobody_could_foresee_is_an_error_not_a_no_op(thread: Any) -> None:
    class Hidden(Marking):
        async def work(self, state: Job) -> None:
            spelled = ("".join(["get_", "builder"]), "".join(["inter", "rupt"]))
            getattr(getattr(self, spelled[0])(), spelled[1])()

    with pytest.raises(GraphInvalid, match="approval_nodes"):
        await Hidden().invoke({}, thread)


async def test_a_builder_kept_from_before_marks_the_pass_too(thread: Any, pause: Any) -> None:
    class Keeping(Marking):
        def build_graph(self) -> GraphBuilder:
            self.kept = self.start()
            return self.kept.then(self.work).end()

        async def work(self, state: Job) -> None:
            self.kept.interrupt()

    assert (await pause(Keeping(), {}, thread)).next == ("work.gate",)


async def test_a_compiled_builder_refuses_steps_and_gates_from_outside() -> None:
    agent = Marking()
    agent.compile()

    with pytest.raises(GraphInvalid):
        agent.get_builder().interrupt()
    with pytest.raises(GraphInvalid):
        agent.get_builder().then(agent.finish)


async def test_a_mark_after_the_step_has_finished_is_refused(thread: Any) -> None:
    errors: list[Exception] = []
    released = threading.Event()

    class Late(Marking):
        async def work(self, state: Job) -> None:
            async def later() -> None:
                await asyncio.to_thread(released.wait, 5)
                try:
                    self.get_builder().interrupt()
                except LangvelError as error:
                    errors.append(error)

            self.task = asyncio.create_task(later())

    agent = Late()
    await agent.invoke({}, thread)
    released.set()
    await agent.task

    assert len(errors) == 1


async def test_a_step_that_may_interrupt_needs_a_checkpointer() -> None:
    class Unsaved(Marking):
        checkpointer = None

    with pytest.raises(CheckpointerRequired):
        Unsaved().compile()


async def test_two_parallel_steps_may_both_ask(saver: str, thread: Any, pause: Any) -> None:
    class Both(Marking):
        checkpointer = saver

        def build_graph(self) -> GraphBuilder:
            return self.start().parallel(self.one, self.two).merge(self.finish).end()

        def one(self, state: Job) -> None:
            self.get_builder().interrupt(title="One")

        def two(self, state: Job) -> None:
            if state.risky:
                self.get_builder().interrupt(title="Two")

    agent = Both()
    paused = await pause(agent, {"risky": True}, thread)
    result = await agent.resume(thread)

    assert {i.value["title"] for i in paused.interrupts} == {"One", "Two"}
    assert result.done


async def test_a_running_step_may_not_invent_a_risk(thread: Any) -> None:
    class Wrong(Marking):
        async def work(self, state: Job) -> None:
            self.get_builder().interrupt(risk="huge")  # type: ignore[arg-type]

    with pytest.raises(GraphInvalid, match="huge"):
        await Wrong().invoke({}, thread)
