"""The guide's code, word for word, on the checkpointer it names: Postgres."""

import sys
from datetime import datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel

from langvel.core.agent import Agent
from langvel.exceptions import WorkflowPaused
from langvel.state.base import StateModel

pytestmark = pytest.mark.usefixtures("postgres")


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


@pytest.fixture
def approval_agent(guide: Any) -> type[Agent]:
    printed = guide.define("Basic Interrupt", Agent=Agent, ApprovalState=ApprovalState)
    return type("ApprovalAgent", (Steps, printed["ApprovalAgent"]), {})


@pytest.fixture
def order_agent(guide: Any) -> dict[str, Any]:
    return guide.define("Complete Example: Order Approval System")


async def test_the_complete_workflow_runs_step_by_step(
    guide: Any, approval_agent: type[Agent], thread: Any, capsys: Any
) -> None:
    names = guide.define("Step 1: Start Execution", ApprovalAgent=approval_agent)
    await names["run_workflow"]()
    names |= {"agent": approval_agent(), "datetime": datetime}
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
    guide: Any, threads: Any, risk: str, pauses: bool
) -> None:
    printed = guide.define("Conditional Interrupts", Agent=Agent)

    class Conditional(printed["ConditionalApprovalAgent"]):  # type: ignore[misc]
        state_model = ApprovalState
        checkpointer = "postgres"

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


class Refused(Exception):
    def __init__(self, status: int, detail: str) -> None:
        self.status, self.detail = status, detail


@pytest.fixture
def endpoint(guide: Any, order_agent: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The printed FastAPI module, with just enough of FastAPI to import it."""
    route = lambda path: lambda function: function  # noqa: E731
    fastapi = ModuleType("fastapi")
    vars(fastapi).update(
        FastAPI=lambda: SimpleNamespace(post=route, get=route), HTTPException=Refused
    )
    monkeypatch.setitem(sys.modules, "fastapi", fastapi)
    return SimpleNamespace(**guide.define("FastAPI Endpoint for Approval", **order_agent))


def request_for(endpoint: Any, config: Any, *, approved: bool) -> BaseModel:
    request: BaseModel = endpoint.ApprovalRequest(
        thread_id=config["configurable"]["thread_id"], approved=approved, approved_by="bob"
    )
    return request


@pytest.mark.parametrize(("approved", "error"), [(True, None), (False, "Order not approved")])
async def test_the_endpoint_carries_the_decision_to_the_order(
    endpoint: Any, thread: Any, approved: bool, error: str | None
) -> None:
    agent = endpoint.OrderApprovalAgent()
    with pytest.raises(WorkflowPaused):
        await agent.invoke({"order_id": "1", "amount": 20000, "customer_id": "c"}, thread)

    answer = await endpoint.approve_workflow(request_for(endpoint, thread, approved=approved))

    assert answer["status"] == "completed"
    assert (answer["result"]["approved"], answer["result"]["error"]) == (approved, error)


async def test_the_endpoint_answers_404_for_an_unknown_thread(endpoint: Any, thread: Any) -> None:
    with pytest.raises(Refused) as refused:
        await endpoint.approve_workflow(request_for(endpoint, thread, approved=True))

    assert (refused.value.status, refused.value.detail) == (404, "Workflow not found")


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
