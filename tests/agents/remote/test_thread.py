"""One thread of a real Agent Server, moved and read from here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from agents.config import RunConfig
from agents.outcome import Cancelled, Failed, Finished, Gone, Paused, Question
from agents.remote import thread as thread_module
from agents.remote.agent import read_entry
from agents.remote.client import TryLater, connect
from agents.remote.thread import RemoteThread
from tests.agents.remote.serving import HEADER, AgentServer, wait_for

pytestmark = pytest.mark.slow

Open = Callable[..., RemoteThread]


@pytest.fixture
def opened(server: AgentServer) -> Open:
    """`opened("asks_once")`: a thread of that graph as run 1 of this site moves it."""

    def opened(
        assistant: str, *, thread_id: str = "", mark: int = 1, **fields: Any
    ) -> RemoteThread:
        agent = read_entry("far", server.entry(assistant, **fields.pop("entry", {})))
        stops = fields.pop("stops", False)
        config = RunConfig(thread_id=thread_id or str(uuid4()), mark=mark, **fields)
        return RemoteThread(agent, config, stops=stops)

    return opened


async def asked(thread: RemoteThread) -> tuple[Question, ...]:
    outcome = await thread.start({"topic": "tea"})
    assert isinstance(outcome, Paused)
    return outcome.questions


async def test_a_pause_is_read_like_any_other(opened: Open) -> None:
    [question] = await asked(opened("asks_once"))

    assert (question.node, question.request.dialect) == ("ask", "plain")
    assert question.request.title == "Go on with tea?"
    assert question.request.state == {"topic": "tea", "answers": []}


async def test_an_answer_reaches_the_graph_once(opened: Open, server: AgentServer) -> None:
    thread_id = str(uuid4())
    thread = opened("asks_once", thread_id=thread_id)
    [question] = await asked(thread)

    outcome = await thread.deliver([(question, {"go": True})])

    assert outcome == Finished(state={"topic": "tea", "answers": [{"go": True}]})
    assert server.effects(thread_id) == [[{"go": True}]]


async def test_an_answer_that_was_given_is_not_given_to_the_next_question(opened: Open) -> None:
    thread = opened("asks_twice")
    [first] = await asked(thread)
    await thread.deliver([(first, "one")])

    outcome = await thread.deliver([(first, "one again")])

    assert isinstance(outcome, Paused)
    assert [question.request.title for question in outcome.questions] == ["second?"]
    assert (await thread.view()).state["answers"] == []


async def test_the_server_is_told_to_refuse_an_id_that_nobody_waits_for(
    opened: Open, server: AgentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a worker was stopped between looking and answering, and another one answered."""
    thread = opened("asks_twice")
    [first] = await asked(thread)
    look_too_early = await looked(thread, server.entry("asks_twice"))
    await thread.deliver([(first, "one")])

    monkeypatch.setattr(thread, "_look", look_too_early)
    with pytest.raises(TryLater, match="asks something else"):
        await thread.deliver([(first, "one again")])
    view = await thread.view()

    assert [question.request.title for question in view.questions] == ["second?"]
    assert (view.error, view.state["answers"]) == (None, [])


async def test_parallel_questions_are_answered_together(opened: Open, server: AgentServer) -> None:
    thread_id = str(uuid4())
    thread = opened("asks_three", thread_id=thread_id)
    questions = await asked(thread)
    answers = {"red?": 1, "green?": 2, "blue?": 3}

    await thread.deliver([(question, answers[question.request.title]) for question in questions])

    assert [sorted(done) for done in server.effects(thread_id)] == [["blue=3", "green=2", "red=1"]]


async def test_a_question_of_a_graph_within_is_answered_at_its_root(opened: Open) -> None:
    thread = opened("asks_within")
    [question] = await asked(thread)

    assert await thread.deliver([(question, None)]) == Finished(
        state={"topic": "tea", "answers": [None]}
    )


async def test_a_step_that_fails_with_our_answer_says_so(opened: Open) -> None:
    thread = opened("fails_unless_yes")
    [question] = await asked(thread)

    outcome = await thread.deliver([(question, "no")])

    assert isinstance(outcome, Failed)
    assert (outcome.error.type, outcome.error.message, outcome.error.node) == (
        "RuntimeError",
        "the bank is closed",
        "ask_and_maybe_fail",
    )
    assert [one.is_failed for one in outcome.questions or ()] == [True]
    assert (await thread.view()).error == outcome.error


async def test_a_failed_step_asks_again_when_told_to(opened: Open) -> None:
    thread = opened("fails_unless_yes")
    [question] = await asked(thread)
    await thread.deliver([(question, "no")])

    outcome = await thread.reask()

    assert isinstance(outcome, Paused)
    assert outcome.questions[0].interrupt_id != question.interrupt_id
    assert isinstance(await thread.deliver([(outcome.questions[0], "yes")]), Finished)


async def test_a_question_that_failed_with_another_programs_answer_hears_ours(
    opened: Open, server: AgentServer
) -> None:
    thread_id = server.paused("fails_unless_yes")
    server.answer(thread_id, "fails_unless_yes", "no")
    thread = opened("fails_unless_yes", thread_id=thread_id)
    view = await thread.view()

    outcome = await thread.deliver([(view.questions[0], "yes")])

    assert server.status(thread_id) == "idle"
    assert outcome == Finished(state={"topic": "tea", "answers": ["yes"]})


async def test_a_breakpoint_is_continued(opened: Open, server: AgentServer) -> None:
    thread_id = str(uuid4())
    thread = opened("stops", thread_id=thread_id)
    [question] = await asked(thread)

    assert question.request.actions[0].allowed == ("approve", "reject")
    assert server.effects(thread_id) == []
    assert isinstance(await thread.deliver([(question, {"continue": True})]), Finished)
    assert server.effects(thread_id) == [[]]


async def test_a_rejected_breakpoint_empties_the_thread(opened: Open, server: AgentServer) -> None:
    thread_id = str(uuid4())
    thread = opened("stops", thread_id=thread_id)
    [question] = await asked(thread)

    assert await thread.deliver([(question, {"cancel": True})]) == Cancelled()
    assert server.status(thread_id) == "idle"
    assert (await thread.view()).next == ()


async def test_cancelling_empties_a_thread_that_asks_within(opened: Open) -> None:
    thread = opened("asks_within")
    await asked(thread)

    await thread.cancel()
    await thread.cancel()

    view = await thread.view()
    assert (view.questions, view.next) == ((), ())


async def test_a_pass_that_takes_long_is_not_waited_for(
    opened: Open, server: AgentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_module, "WAIT_SECONDS", 0.2)
    thread_id = str(uuid4())
    thread = opened("takes_long", thread_id=thread_id)
    [question] = await asked_patiently(thread)

    with pytest.raises(TryLater):
        await thread.deliver([(question, "yes")])
    with pytest.raises(TryLater):
        await thread.view()
    server.let_end(thread_id)
    await asyncio.to_thread(wait_for, lambda: server.status(thread_id) == "idle")

    assert (await thread.view()).questions == ()
    assert isinstance(await thread.continue_(), Finished)
    assert server.effects(thread_id) == [["yes"]]


async def test_a_thread_that_another_program_moves_is_busy(
    opened: Open, server: AgentServer
) -> None:
    thread_id = server.paused("takes_long")
    thread = opened("takes_long", thread_id=thread_id)
    [question] = (await thread.view()).questions
    asked = server.client.threads.get_state(thread_id)["interrupts"]
    resume = {asked[0]["id"]: "theirs"}
    server.client.runs.create(thread_id, "takes_long", command={"resume": resume})

    with pytest.raises(TryLater):
        await thread.deliver([(question, "ours")])
    server.let_end(thread_id)
    await asyncio.to_thread(wait_for, lambda: server.status(thread_id) == "idle")

    assert server.effects(thread_id) == [["theirs"]]


async def test_the_server_is_told_to_run_one_thing_at_a_time(
    opened: Open, server: AgentServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when another program starts something between our look and our answer."""
    thread_id = server.paused("takes_long")
    thread = opened("takes_long", thread_id=thread_id)
    [question] = (await thread.view()).questions
    look_too_early = await looked(thread, server.entry("takes_long"))
    resume = {question.interrupt_id: "theirs"}
    server.client.runs.create(thread_id, "takes_long", command={"resume": resume})

    monkeypatch.setattr(thread, "_look", look_too_early)
    with pytest.raises(TryLater, match="busy with this thread"):
        await thread.deliver([(question, "ours")])

    server.let_end(thread_id)
    await asyncio.to_thread(wait_for, lambda: server.status(thread_id) == "idle")
    assert server.effects(thread_id) == [["theirs"]]


async def test_what_is_under_way_is_stopped_when_that_is_wanted(
    opened: Open, server: AgentServer
) -> None:
    thread_id = server.paused("takes_long")
    asked = server.client.threads.get_state(thread_id)["interrupts"]
    resume = {asked[0]["id"]: "theirs"}
    server.client.runs.create(thread_id, "takes_long", command={"resume": resume})
    thread = opened("takes_long", thread_id=thread_id, stops=True)

    await thread.view()
    await thread.cancel()

    assert (server.status(thread_id), (await thread.view()).next) == ("idle", ())
    assert server.effects(thread_id) == []


async def test_every_run_is_given_what_the_first_one_was(opened: Open, server: AgentServer) -> None:
    config = {"configurable": {"tenant": "acme"}, "tags": ["urgent"]}
    thread_id = server.paused("says_who", config=config)
    thread = opened("says_who", thread_id=thread_id)
    [question] = (await thread.view()).questions

    outcome = await thread.deliver([(question, "yes")])

    assert isinstance(outcome, Finished)
    assert outcome.state["answers"] == ["acme", {"tenant": "acme"}, ["urgent"]]


async def test_our_own_configuration_goes_along(opened: Open) -> None:
    thread = opened("says_who", configurable={"tenant": "ours"}, tags=("mine",))
    [question] = await asked(thread)

    outcome = await thread.deliver([(question, "yes")])

    assert isinstance(outcome, Finished)
    assert outcome.state["answers"] == ["ours", {"tenant": "ours"}, ["mine"]]


async def test_a_thread_that_was_deleted_is_gone(opened: Open, server: AgentServer) -> None:
    thread_id = server.paused("asks_once")
    thread = opened("asks_once", thread_id=thread_id)
    [question] = (await thread.view()).questions
    server.client.threads.delete(thread_id)

    assert (await thread.view()).checkpoint_id == ""
    assert await thread.deliver([(question, "yes")]) == Gone()
    assert await thread.reask() == Gone()
    assert await thread.continue_() == Gone()


async def test_a_graph_the_server_does_not_have_is_refused_in_a_sentence(opened: Open) -> None:
    outcome = await opened("asks_never").start({})

    assert isinstance(outcome, Failed)
    assert outcome.error.type == "RefusedByServer"
    assert "Invalid assistant: 'asks_never'" in outcome.error.message


async def test_a_thread_id_the_server_cannot_hold_is_refused(opened: Open) -> None:
    thread = opened("asks_once", thread_id="tea for two")

    assert (await thread.view()).checkpoint_id == ""
    outcome = await thread.start({})
    assert isinstance(outcome, Failed)
    assert outcome.error.type == "RefusedByServer"


async def test_headers_are_sent_and_wrong_ones_lose_nothing(
    opened: Open, server: AgentServer
) -> None:
    thread_id = server.paused("asks_once")

    assert (await opened("asks_once", thread_id=thread_id).view()).questions
    for headers in ({}, {HEADER: "wrong"}, {"x-api-key": "wrong"}):
        stranger = opened("asks_once", thread_id=thread_id, entry={"headers": headers})
        with pytest.raises(TryLater, match="answered 401"):
            await stranger.view()


async def test_a_server_that_is_away_is_asked_later(opened: Open) -> None:
    thread = opened("asks_once", entry={"url": "http://127.0.0.1:1"})

    with pytest.raises(TryLater, match="cannot be reached"):
        await thread.view()
    with pytest.raises(TryLater, match="cannot be reached"):
        await thread.start({})


async def asked_patiently(thread: RemoteThread) -> tuple[Question, ...]:
    """As `asked`, when a pass is given less time than the server needs for its first."""
    try:
        return await asked(thread)
    except TryLater:
        pass
    for _ in range(600):
        try:
            if questions := (await thread.view()).questions:
                return questions
        except TryLater:
            await asyncio.sleep(0.05)
    raise AssertionError("it never asked")


async def looked(thread: RemoteThread, entry: dict[str, Any]) -> Any:
    """A look at the thread that sees it as it is now, the next time; later ones see the truth."""
    async with connect(read_entry("far", entry)) as client:
        seen = [await thread._look(client)]
    look = thread._look

    async def too_early(client: Any) -> Any:
        return seen.pop() if seen else await look(client)

    return too_early
