"""decide() on questions of other libraries: refused whole, or stored as they understand it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from approvals.exceptions import InvalidDecision
from approvals.models import Decision, Interrupt
from tests.agents.dialects.asking import read, requests
from tests.approvals.conftest import answer
from tests.factories import make_agent, make_interrupt, make_run

pytestmark = pytest.mark.django_db

BATCH = "langchain_v1_hitl_batched_request"
APPROVE, REJECT = {"type": "approve"}, {"type": "reject"}
RESPOND = {"type": "respond", "message": "blue"}
ORDER = {"order_id": "A-1", "amount": 5.0, "customer_id": "c"}


def kept(request: Any, **fields: Any) -> Interrupt:
    """The row of a question, as outcomes write it."""
    return make_interrupt(
        **fields,
        dialect=request.dialect,
        actions=json.loads(json.dumps([one.as_json() for one in request.actions])),
        request=request.payload,
        state=request.state,
        interrupt_id="i1",
    )


def refusal(question: Interrupt, *decisions: Any, **fields: Any) -> dict[str, str]:
    with pytest.raises(InvalidDecision) as refused:
        answer(question, decisions=list(decisions), **fields)
    assert not Decision.objects.exists()
    question.refresh_from_db()
    assert (question.status, question.version) == ("pending", 1)
    return {error["pointer"]: error["message"] for error in refused.value.errors}


@pytest.mark.parametrize(
    ("decisions", "pointers"),
    [
        ([APPROVE], [""]),
        ([APPROVE, REJECT, RESPOND, APPROVE], [""]),
        ([APPROVE, {"type": "edit", "args": {}}, RESPOND], ["/1/type"]),
        ([{"type": "edit", "args": {}, "name": "other"}, REJECT, RESPOND], ["/0/name"]),
        ([APPROVE, REJECT, {"type": "respond"}], ["/2/message"]),
    ],
)
def test_a_wrong_answer_names_its_faults_and_can_be_given_again(
    decisions: list[Any], pointers: list[str]
) -> None:
    question = kept(requests(BATCH)[0])

    assert list(refusal(question, *decisions)) == pointers
    assert answer(question, decisions=[APPROVE, REJECT, RESPOND]).verb == "mixed"


def test_mixed_decisions_are_stored_with_what_the_graph_will_be_told() -> None:
    args = {"to": "x@y.z", "subject": "Hi"}

    decision = answer(
        kept(requests(BATCH)[0]), decisions=[{"type": "edit", "args": args}, REJECT, RESPOND]
    )

    assert decision.resume_value == {
        "decisions": [
            {"type": "edit", "edited_action": {"name": "send_email", "args": args}},
            {"type": "reject"},
            {"type": "respond", "message": "blue"},
        ]
    }
    assert [len(one) for one in decision.patch] == [1, 0, 0]


def test_a_reason_is_told_with_a_rejection_and_never_becomes_a_response() -> None:
    question = kept(requests(BATCH)[0])

    faults = refusal(question, APPROVE, REJECT, {"type": "respond"}, reason="private")
    decision = answer(question, decisions=[APPROVE, REJECT, RESPOND], reason="too late")

    assert list(faults) == ["/2/message"]
    assert decision.resume_value["decisions"][1:] == [
        {"type": "reject", "message": "too late"},
        {"type": "respond", "message": "blue"},
    ]


def test_a_cancellation_names_its_interrupt() -> None:
    decision = answer(kept(requests("agui")[0]), decisions=[REJECT])

    assert decision.resume_value == {"__agui_cancelled__": True, "interrupt_id": "i1"}


def test_a_tools_arguments_are_not_held_against_the_agents_state() -> None:
    """The agent of this row cannot even be loaded: nobody asks it."""
    question = kept(requests("agent_inbox_request_list")[0])

    decision = answer(question, decisions=[{"type": "edit", "args": {"to": "nobody"}}])

    assert decision.resume_value[0]["args"]["args"] == {"to": "nobody"}


def test_an_answer_that_breaks_the_questions_schema_points_into_its_value() -> None:
    question = kept(requests("response_schema_pydantic")[0])

    faults = refusal(
        question, {"type": "respond", "value": {"approved": True, "amount": 500, "note": None}}
    )

    assert faults == {"/0/value/amount": "This must be at most 100."}


def stopped(state: dict[str, Any]) -> Interrupt:
    """A run of the sample orders at a breakpoint."""
    request = read(None, node="pay", state=state, interrupt_id="breakpoint")
    return kept(request, run=make_run(agent=make_agent("orders")))


def test_an_edit_at_a_breakpoint_is_held_against_the_agents_model() -> None:
    question = stopped(ORDER)

    faults = refusal(question, {"type": "edit", "args": ORDER | {"amount": "much"}})
    decision = answer(question, decisions=[{"type": "edit", "args": ORDER | {"amount": 7.0}}])

    assert list(faults) == ["/0/args/amount"]
    assert decision.resume_value == {"update": {"amount": 7.0}}


@pytest.mark.parametrize(
    ("state", "edited"), [({"wheels": 4}, {"wheels": 3}), ({"amount": "much"}, {"amount": "more"})]
)
def test_the_state_of_a_graph_within_an_agent_is_none_of_its_model(
    state: dict[str, Any], edited: dict[str, Any]
) -> None:
    decision = answer(stopped(state), decisions=[{"type": "edit", "args": edited}])

    assert decision.resume_value == {"update": edited}
