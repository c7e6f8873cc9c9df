"""update_state, get_state, and decisions given to resume()."""

from datetime import datetime
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from pydantic import Field, ValidationError, model_validator

from langvel.core.agent import Agent
from langvel.exceptions import InvalidDecision, UnknownField, WorkflowPaused
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class Transfer(StateModel):
    amount: float = Field(gt=0)
    limit: float = 100
    approved_by: str = None  # type: ignore[assignment]
    status: str = "new"
    sent: bool = False
    log: list[str] = []

    @model_validator(mode="after")
    def _within_limit(self) -> "Transfer":
        if self.amount > self.limit:
            raise ValueError("over the limit")
        return self


class TransferAgent(Agent):
    state_model = Transfer

    def build_graph(self) -> GraphBuilder:
        return self.start().then(self.check).interrupt().then(self.send).end()

    def check(self, state: Transfer) -> None:
        state.add_message("assistant", "checked")

    def send(self, state: Transfer) -> None:
        state.sent = True


@pytest.fixture
async def agent(saver: str, thread: Any, pause: Any) -> Agent:
    made = TransferAgent()
    made.checkpointer = saver
    await pause(made, {"amount": 10}, thread)
    return made


async def test_the_state_is_a_dict_with_attributes_and_defaults(agent: Any, thread: Any) -> None:
    state = agent.get_state(thread)

    assert (state["amount"], state.amount, state["limit"]) == (10, 10, 100)
    assert set(state) == set(Transfer.model_fields)
    assert (state.next, state.status, state["status"]) == (("check.gate",), "paused", "new")
    with pytest.raises(AttributeError):
        state.unknown


async def test_a_wrong_value_is_refused_at_once_and_changes_nothing(
    agent: Any, thread: Any
) -> None:
    before = agent.get_state(thread)

    for values in ({"amount": "many"}, {"amount": -1}, {"amount": 200}, {"limit": 5}):
        with pytest.raises(ValidationError):
            agent.update_state(thread, {"approved": True, **values})

    assert agent.get_state(thread) == before


async def test_values_that_depend_on_each_other_may_change_together(
    agent: Any, thread: Any
) -> None:
    agent.update_state(thread, {"amount": 200, "limit": 300})

    assert (await agent.resume(thread)).amount == 200


@pytest.mark.parametrize("name", ["aproved", "_langvel", "__interrupt__", "next"])
async def test_an_unknown_field_is_refused(agent: Any, thread: Any, name: str) -> None:
    with pytest.raises(UnknownField) as caught:
        agent.update_state(thread, {name: True})

    assert caught.value.fields == (name,)


async def test_none_is_taken_where_it_is_the_default(agent: Any, thread: Any) -> None:
    agent.update_state(thread, {"approved_by": None, "approval_notes": None})

    assert agent.get_state(thread).approved_by is None


async def test_values_are_stored_with_their_type(agent: Any, thread: Any) -> None:
    agent.update_state(thread, {"approval_time": "2026-11-23T10:00:00"})

    assert agent.get_state(thread).approval_time == datetime(2026, 11, 23, 10)


async def test_the_async_twins_do_the_same(agent: Any, thread: Any) -> None:
    await agent.aupdate_state(thread, {"approved": True, "approved_by": "bob"})

    state = await agent.aget_state(thread)
    assert (state.approved, state.approved_by, state.status) == (True, "bob", "paused")


async def test_messages_are_added_not_replaced(agent: Any, thread: Any) -> None:
    agent.update_state(thread, {"messages": [{"role": "user", "content": "go on"}]})

    result = await agent.resume(thread)
    assert [message.content for message in result.messages] == ["checked", "go on"]


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        ({"approved": True}, True),
        ({"approved_by": "bob"}, True),
        ({"approved": False}, False),
        ({"rejected": True}, False),
        ({"approved": True, "rejected": True}, False),
    ],
)
async def test_an_explicit_no_in_the_state_is_a_rejection(
    agent: Any, thread: Any, values: Any, sent: bool
) -> None:
    agent.update_state(thread, values)

    assert (await agent.resume(thread)).sent is sent


async def test_the_last_word_counts(agent: Any, thread: Any) -> None:
    agent.update_state(thread, {"approved": True})
    agent.update_state(thread, {"approved": False})
    agent.update_state(thread, {"log": ["a note"]})

    assert (await agent.resume(thread)).sent is False


async def test_a_bare_resume_continues_and_leaves_the_review_alone(agent: Any, thread: Any) -> None:
    result = await agent.resume(thread)

    assert (result.sent, result.approved, result.approved_at) == (True, False, None)


async def test_resume_takes_a_decision(agent: Any, thread: Any) -> None:
    result = await agent.resume(thread, {"type": "edit", "args": {"amount": 20}, "by": "bob"})

    assert (result.amount, result.approved, result.approved_by, result.sent) == (
        20,
        True,
        "bob",
        True,
    )


async def test_resume_takes_state_values(agent: Any, thread: Any) -> None:
    result = await agent.resume(thread, {"approved": True, "approved_by": "bob"})

    assert (result.approved_by, result.sent) == ("bob", True)


async def test_a_rejection_given_to_resume_ends_the_run(agent: Any, thread: Any) -> None:
    result = await agent.resume(thread, {"type": "reject", "by": "bob", "message": "no"})

    assert (result.sent, result.rejection_reason) == (False, "no")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"type": "aprove"}, UnknownField),
        ({"type": "edit", "args": {"amount": 500}}, ValidationError),
        ({"type": "edit", "args": {"approved": True}}, UnknownField),
        ({"type": "approve", "by": 1}, InvalidDecision),
        ({"amount": 500}, ValidationError),
        ("yes", InvalidDecision),
        (True, InvalidDecision),
        ({}, InvalidDecision),
    ],
    ids=repr,
)
async def test_a_wrong_answer_is_refused_before_it_can_stick(
    agent: Any, thread: Any, answer: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await agent.resume(thread, answer)

    assert agent.get_state(thread).status == "paused"
    assert (await agent.resume(thread, {"type": "approve"})).sent


async def test_one_decision_does_not_answer_two_questions(saver: str, thread: Any) -> None:
    class Two(TransferAgent):
        checkpointer = saver

        def build_graph(self) -> GraphBuilder:
            two = self.start().parallel(self.check, self.look)
            return two.interrupt(self.check).interrupt(self.look).merge(self.send).end()

        def look(self, state: Transfer) -> None:
            state.log.append("looked")

    agent = Two()
    with pytest.raises(WorkflowPaused):
        await agent.invoke({"amount": 10}, thread)

    with pytest.raises(InvalidDecision):
        await agent.resume(thread, {"type": "approve"})
    assert len(agent.get_state(thread).interrupts) == 2


async def test_sync_calls_work_without_a_loop(saver: str, threads: Any) -> None:
    import asyncio

    config, agent = threads(), TransferAgent()
    agent.checkpointer = saver

    def program() -> Any:
        with pytest.raises(WorkflowPaused):
            asyncio.run(agent.invoke({"amount": 1}, config))
        agent.update_state(config, {"approved": True})
        return asyncio.run(agent.resume(config)), agent.get_state(config)

    result, state = await asyncio.to_thread(program)

    assert (result.sent, state.status) == (True, "finished")


async def test_an_edit_keeps_every_part_of_the_messages(saver: str, thread: Any) -> None:
    messages = [
        AIMessage("", id="1", tool_calls=[{"name": "f", "args": {"a": 1}, "id": "c"}]),
        ToolMessage("r", id="2", tool_call_id="c", status="error"),
    ]

    class Talking(TransferAgent):
        checkpointer = saver

        def check(self, state: Transfer) -> None:
            state.messages.extend(messages)

    agent = Talking()
    with pytest.raises(WorkflowPaused):
        await agent.invoke({"amount": 10}, thread)
    result = await agent.resume(thread, {"type": "edit", "args": {"amount": 11}})

    assert (result.messages, result.amount) == (messages, 11)
    assert Transfer.model_validate_json(Transfer(amount=1, messages=messages).model_dump_json())
