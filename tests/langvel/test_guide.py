"""The guide's code, word for word, on the checkpointers it names."""

import ast
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from langvel.core.agent import Agent
from langvel.exceptions import MissingThreadId, NotStorable, WorkflowPaused
from langvel.routing.builder import GraphBuilder
from langvel.state.base import StateModel


class ApprovalState(StateModel):
    query: str
    kind: str = ""
    done: list[str] = []


class Steps:
    """The steps the guide names and does not print."""

    async def classify_request(self, state: ApprovalState) -> ApprovalState:
        state.kind = "deletion"
        return state

    async def execute_action(self, state: ApprovalState) -> ApprovalState:
        state.done.append("execute_action")
        return state

    async def validate_request(self, state: ApprovalState) -> ApprovalState:
        return state

    async def step1(self, state: ApprovalState) -> ApprovalState:
        state.done.append("step1")
        return state

    async def step2(self, state: ApprovalState) -> ApprovalState:
        state.done.append("step2")
        return state


def kept_by(saver: str, printed: type[Agent]) -> type[Agent]:
    """The printed class as it is on Postgres, which it names; elsewhere with another name there."""
    assert printed.checkpointer == "postgres"
    return printed if saver == "postgres" else type("Kept", (printed,), {"checkpointer": saver})


@pytest.fixture
def approval_agent(guide: Any, saver: str) -> type[Agent]:
    printed = guide.define("Basic Interrupt", Agent=Agent, ApprovalState=ApprovalState)
    return type("ApprovalAgent", (Steps, kept_by(saver, printed["ApprovalAgent"])), {})


@pytest.fixture
def order_agent(guide: Any, saver: str) -> dict[str, Any]:
    printed = guide.define("Complete Example: Order Approval System")
    printed["OrderApprovalAgent"] = kept_by(saver, printed["OrderApprovalAgent"])
    return printed


def afresh(agent: Agent, thread_id: str) -> Agent:
    """Without what another test left on a thread the guide names."""
    agent.compile().checkpointer.delete_thread(thread_id)
    return agent


def test_every_block_of_the_guide_is_run_by_a_test_of_this_module(guide: Any) -> None:
    run = {
        call.args[0].value
        for call in ast.walk(ast.parse(Path(__file__).read_text()))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in ("code", "define", "run")
        and isinstance(call.args[0], ast.Constant)
    }

    assert run == set(guide.sections)


async def test_the_complete_workflow_runs_step_by_step(
    guide: Any, approval_agent: type[Agent], capsys: Any
) -> None:
    agent = afresh(approval_agent(), "workflow-123")
    names = guide.define("Step 1: Start Execution", ApprovalAgent=approval_agent)
    await names["run_workflow"]()
    names |= {"agent": agent, "datetime": datetime}
    names["config"] = {"configurable": {"thread_id": "workflow-123"}}

    await guide.run("Step 2: Check State", names)
    await guide.run("Step 3: Update State", names)
    await guide.run("Step 4: Resume Execution", names)

    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "Workflow paused for approval",
        "Current state",
        "Awaiting approval for",
        "Workflow completed",
    ]
    assert lines[2] == "Awaiting approval for: Delete user data"
    assert names["result"]["done"] == ["execute_action"]
    assert names["result"]["approved_by"] == "admin@example.com"


async def test_multiple_interrupt_points_pause_one_after_the_other(
    guide: Any, approval_agent: type[Agent], thread: Any
) -> None:
    printed = guide.define("Multiple Interrupt Points")
    agent = type("TwoStops", (approval_agent,), {"build_graph": printed["build_graph"]})()

    with pytest.raises(WorkflowPaused) as first:
        await agent.invoke({"query": "q"}, thread)
    with pytest.raises(WorkflowPaused) as second:
        await agent.resume(thread)
    result = await agent.resume(thread)

    assert first.value.next == ("validate_request.gate",)
    assert second.value.next == ("step1.gate",)
    assert second.value.state.done == ["step1"]
    assert result["done"] == ["step1", "step2"]


@pytest.mark.parametrize(("risk", "pauses"), [("high_risk", True), ("low_risk", False)])
async def test_a_conditional_interrupt_pauses_the_risky_branch_only(
    guide: Any, saver: str, threads: Any, risk: str, pauses: bool
) -> None:
    printed = guide.define("Conditional Interrupts", Agent=Agent)

    class Conditional(printed["ConditionalApprovalAgent"]):  # type: ignore[misc]
        state_model = ApprovalState
        checkpointer = saver

        async def classify(self, state: ApprovalState) -> ApprovalState:
            return state.set_next(risk)

        async def finalize(self, state: ApprovalState) -> ApprovalState:
            state.done.append("finalize")
            return state

    agent, config = Conditional(), threads()
    try:
        result = await agent.invoke({"query": "q"}, config)
    except WorkflowPaused as paused:
        assert pauses and paused.state.done == []
        result = await agent.resume(config)
    else:
        assert not pauses

    assert result.done == ["finalize"]


async def test_a_high_value_order_waits_and_is_processed_after_approval(order_agent: Any) -> None:
    told: list[str] = []

    async def notify_admin(text: str) -> None:
        told.append(text)

    order_agent |= {"order_id": "complete-example", "notify_admin": notify_admin}
    result = await order_agent["handle_order"]()

    assert told == ["Approval needed for order ORD-123"]
    assert (result["approved_by"], result["error"]) == ("admin@company.com", None)


async def test_a_normal_order_is_approved_by_the_system(order_agent: Any, thread: Any) -> None:
    agent = order_agent["OrderApprovalAgent"]()

    result = await agent.invoke({"order_id": "1", "amount": 10, "customer_id": "c"}, thread)

    assert (result.approved, result.approved_by, result.error) == (True, "system", None)


async def test_an_invalid_order_fails_with_its_own_error(order_agent: Any, thread: Any) -> None:
    agent = order_agent["OrderApprovalAgent"]()

    with pytest.raises(ValueError, match="Invalid order amount"):
        await agent.invoke({"order_id": "1", "amount": 0, "customer_id": "c"}, thread)


@pytest.fixture
async def web(guide: Any, order_agent: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The printed FastAPI application, asked over HTTP."""
    names = guide.define("FastAPI Endpoint for Approval", **order_agent)
    transport = httpx.ASGITransport(app=names["app"])
    async with httpx.AsyncClient(transport=transport, base_url="http://guide") as client:
        yield client


def answer(config: Any, *, approved: bool) -> dict[str, Any]:
    thread_id = config["configurable"]["thread_id"]
    return {"thread_id": thread_id, "approved": approved, "approved_by": "bob"}


@pytest.mark.parametrize(("approved", "error"), [(True, None), (False, "Order not approved")])
async def test_the_endpoint_carries_the_decision_to_the_order(
    web: Any, order_agent: Any, thread: Any, approved: bool, error: str | None
) -> None:
    with pytest.raises(WorkflowPaused):
        await order_agent["OrderApprovalAgent"]().invoke(
            {"order_id": "1", "amount": 20000, "customer_id": "c"}, thread
        )

    answered = await web.post("/approve", json=answer(thread, approved=approved))

    said = answered.json()
    assert (answered.status_code, said["status"]) == (200, "completed")
    assert {key: said["result"][key] for key in ("approved", "approved_by", "error")} == {
        "approved": approved,
        "approved_by": "bob",
        "error": error,
    }


async def test_the_endpoint_answers_404_for_an_unknown_thread(web: Any, thread: Any) -> None:
    answered = await web.post("/approve", json=answer(thread, approved=True))

    assert (answered.status_code, answered.json()) == (404, {"detail": "Workflow not found"})


async def test_the_endpoint_for_the_list_is_left_to_the_reader(web: Any) -> None:
    """As printed it does nothing; the site's own lists what waits."""
    answered = await web.get("/pending-approvals")

    assert (answered.status_code, answered.json()) == (200, None)


async def test_the_timeout_practice_runs(guide: Any, approval_agent: type[Agent]) -> None:
    timeouts: dict[str, datetime] = {}

    async def set_approval_timeout(thread_id: str, at: datetime) -> None:
        timeouts[thread_id] = at

    names = guide.define(
        "1. Timeout Handling",
        agent=approval_agent(),
        input={"query": "q"},
        db=SimpleNamespace(set_approval_timeout=set_approval_timeout),
        datetime=datetime,
        timedelta=timedelta,
    )
    await names["run_with_timeout"]()

    assert list(timeouts) == ["workflow-123"]


async def test_the_audit_practice_keeps_who_approved_from_where(
    guide: Any, approval_agent: type[Agent], thread: Any
) -> None:
    agent, records = approval_agent(), []

    async def record(entry: dict[str, Any]) -> None:
        records.append(entry)

    with pytest.raises(WorkflowPaused):
        await agent.invoke({"query": "q"}, thread)
    await guide.run(
        "2. Audit Trail",
        {
            "agent": agent,
            "config": thread,
            "user": SimpleNamespace(email="eve@example.com"),
            "request": SimpleNamespace(client=SimpleNamespace(host="10.0.0.1")),
            "notes": "fine",
            "thread_id": "t",
            "datetime": datetime,
            "audit_log": SimpleNamespace(record=record),
        },
    )
    result = await agent.resume(thread)

    assert (result.approved_by, result.approval_ip, result.approval_notes) == (
        "eve@example.com",
        "10.0.0.1",
        "fine",
    )
    assert [entry["action"] for entry in records] == ["approved"]


async def test_the_rejection_practice_never_executes_the_action(
    guide: Any, approval_agent: type[Agent], thread: Any
) -> None:
    agent = approval_agent()
    with pytest.raises(WorkflowPaused):
        await agent.invoke({"query": "q"}, thread)

    names = await guide.run(
        "3. Rejection Handling",
        {
            "agent": agent,
            "config": thread,
            "approved": False,
            "user": SimpleNamespace(email="eve@example.com"),
            "reason": "too risky",
        },
    )

    assert names["result"]["done"] == []
    assert names["result"]["rejection_reason"] == "too risky"
    assert agent.get_state(thread).status == "finished"


async def test_the_rejection_practice_lets_process_order_say_so(
    guide: Any, order_agent: Any, thread: Any
) -> None:
    agent = order_agent["OrderApprovalAgent"]()
    with pytest.raises(WorkflowPaused):
        await agent.invoke({"order_id": "1", "amount": 20000, "customer_id": "c"}, thread)

    names = await guide.run(
        "3. Rejection Handling",
        {
            "agent": agent,
            "config": thread,
            "approved": False,
            "user": SimpleNamespace(email="eve@example.com"),
            "reason": "no",
        },
    )

    assert names["result"]["error"] == "Order not approved"


async def test_an_agent_needs_a_checkpointer_as_required(
    guide: Any, saver: str, thread: Any
) -> None:
    printed = guide.define("1. Checkpointer Required", Agent=Agent)

    class Mine(Steps, kept_by(saver, printed["MyAgent"])):  # type: ignore[misc]
        state_model = ApprovalState

        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.step1).interrupt().then(self.step2).end()

    agent = Mine()
    with pytest.raises(WorkflowPaused):
        await agent.invoke({"query": "q"}, thread)

    assert (await agent.resume(thread)).done == ["step1", "step2"]


async def test_the_bad_config_is_refused_and_the_good_ones_are_not(
    guide: Any, approval_agent: type[Agent]
) -> None:
    agent, seen = approval_agent(), []

    class Configs(dict[str, Any]):
        def __setitem__(self, name: str, value: Any) -> None:
            seen.append(value)
            super().__setitem__(name, value)

    names = Configs(uuid4=uuid.uuid4, order_id=uuid.uuid4().hex)
    exec(guide.code("2. Thread ID Required"), {}, names)
    *good, bad = seen

    for config in good:
        with pytest.raises(WorkflowPaused):
            await agent.invoke({"query": "q"}, config)
    with pytest.raises(MissingThreadId, match="thread_id"):
        await agent.invoke({"query": "q"}, bad)
    assert (len(good), bad) == (2, {})


async def test_state_must_be_serializable_as_required(
    guide: Any, saver: str, thread: Any, threads: Any, tmp_path: Path
) -> None:
    names = guide.define("3. State Must Be Serializable", StateModel=StateModel, datetime=datetime)
    created = datetime(2026, 1, 2, tzinfo=UTC)

    class Bad(names["MyState"]):  # type: ignore[misc]
        file_handle: Any = None

    class Keeping(Agent):
        state_model = Bad
        checkpointer = saver
        opens = False

        def build_graph(self) -> GraphBuilder:
            return self.start().then(self.work).interrupt().end()

        def work(self, state: Any) -> None:
            state.file_handle = (tmp_path / "open").open("w") if self.opens else None

    agent, given = Keeping(), {"order_id": "1", "amount": 2, "created_at": created}
    with pytest.raises(WorkflowPaused):
        await agent.invoke(given, thread)
    agent.opens = True
    with pytest.raises(NotStorable, match="'file_handle'"):
        await agent.invoke(given, threads())

    assert agent.get_state(thread).created_at == created


async def test_the_troubleshooting_settings_make_a_workflow_pause(
    guide: Any, saver: str, approval_agent: type[Agent]
) -> None:
    advised = guide.define("Interrupt Not Working")
    agent = afresh(approval_agent(), "unique-id")

    with pytest.raises(WorkflowPaused):
        await agent.invoke({"query": "Delete"}, advised["config"])

    assert advised["checkpointer"] == "postgres"


async def test_a_thread_is_found_again_as_troubleshooting_advises(
    guide: Any, approval_agent: type[Agent], capsys: Any
) -> None:
    names = {"agent": afresh(approval_agent(), "workflow-123")}
    with pytest.raises(WorkflowPaused):
        await names["agent"].invoke(
            {"query": "Delete"}, {"configurable": {"thread_id": "workflow-123"}}
        )

    await guide.run("Cannot Resume", names)

    assert "'query': 'Delete'" in capsys.readouterr().out
    assert (await names["agent"].resume(names["config"])).done == ["execute_action"]
