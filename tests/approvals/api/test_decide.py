from __future__ import annotations

from typing import Any

import pytest

from agents import registry
from approvals.models import AuditEntry, Decision, Interrupt
from tests.approvals.api.client import (
    V1,
    alice,
    as_token,
    bob,
    body,
    olga,
    pointers,
    refused,
    stranger,
)
from tests.approvals.conftest import jobs
from tests.factories import ARGS, QUESTION_ACTION, make_decision, make_interrupt, make_user

pytestmark = pytest.mark.django_db


def path(question: Interrupt) -> str:
    return f"{V1}/interrupts/{question.pk}/decide/"


@pytest.fixture
def editable(settings: Any) -> Interrupt:
    """A question whose edits can be checked: its agent's code can be loaded."""
    settings.LANGVEL_AGENTS = {"payments": "tests.graphs.asks_once"}
    registry.load.cache_clear()
    yield make_interrupt()
    registry.load.cache_clear()


def test_a_reviewer_approves() -> None:
    question = make_interrupt()

    response = bob().post(path(question), body(question))

    assert (response.status_code, response.json()) == (
        200,
        {
            "id": question.pk,
            "status": "decided",
            "verb": "approve",
            "run": {
                "id": question.run_id,
                "agent": "payments",
                "thread_id": question.run.thread_id,
                "status": "interrupted",
            },
        },
    )
    assert jobs() == [("approvals.drive", question.run_id)]


def test_a_reviewer_edits(editable: Interrupt) -> None:
    edit = {"type": "edit", "args": ARGS | {"amount": 50}}

    response = bob().post(path(editable), body(editable, decisions=[edit]))

    assert (response.status_code, response.json()["verb"]) == (200, "edit")
    assert Decision.objects.get().patch == [[{"op": "replace", "path": "/amount", "value": 50}]]


def test_a_reviewer_rejects_with_words() -> None:
    question = make_interrupt()

    no = [{"type": "reject", "message": "too much"}]
    response = bob().post(path(question), body(question, decisions=no, reason="budget"))

    assert response.json()["verb"] == "reject"
    assert Decision.objects.get().reason == "budget"


@pytest.mark.parametrize("value", [True, None, "yes", {"a": [1, 2.5]}, [], 2**70])
def test_a_reviewer_responds_with_any_json(value: Any) -> None:
    question = make_interrupt(dialect="plain", actions=[QUESTION_ACTION])

    answer = [{"type": "respond", "value": value}]
    response = bob().post(path(question), body(question, decisions=answer))

    assert response.json()["verb"] == "respond"
    assert Decision.objects.get().resume_value == value


def test_a_decision_says_by_which_door_it_came() -> None:
    question = make_interrupt()

    bob().post(path(question), body(question))

    entry = AuditEntry.objects.get(action="question.decided")
    assert (entry.actor.username, entry.data["via"], entry.data["auth"]) == ("bob", "api", "token")


def test_a_run_can_be_held_back_for_a_while() -> None:
    question = make_interrupt()

    bob().post(path(question), body(question, undo_seconds=60))

    decision = Decision.objects.get()
    assert (decision.effective_at - decision.created_at).total_seconds() == 60


# --- who may not


def test_who_asked_for_the_run_decides_nothing() -> None:
    question = make_interrupt()

    assert refused(alice().post(path(question), body(question))) == (403, "own_request")


def test_who_asked_for_the_run_decides_nothing_as_a_reviewer_either() -> None:
    question = make_interrupt()
    client = as_token(make_user("alice", "requesters", "reviewers", "supervisors"))

    assert refused(client.post(path(question), body(question))) == (403, "own_request")


def test_who_is_no_reviewer_decides_nothing() -> None:
    question = make_interrupt()

    assert refused(olga().post(path(question), body(question))) == (403, "forbidden")


def test_a_stranger_finds_nothing_to_decide() -> None:
    question = make_interrupt()

    assert refused(stranger().post(path(question), body(question))) == (404, "not_found")


@pytest.mark.parametrize("interrupt_id", ["0", "-1", "abc", "9" * 30])
def test_an_id_that_is_none_is_not_found(interrupt_id: str) -> None:
    response = bob().post(f"{V1}/interrupts/{interrupt_id}/decide/", body(make_interrupt()))

    assert refused(response) == (404, "not_found")


# --- too late


def test_a_second_decision_is_told_who_was_first() -> None:
    question = make_interrupt()
    make_decision(question, actor=make_user("carol", "reviewers"))

    response = bob().post(path(question), body(question))

    assert refused(response) == (409, "already_decided")
    current = response.json()["current"]
    assert (current["status"], current["version"], current["decided_by"], current["verb"]) == (
        "decided",
        2,
        "carol",
        "approve",
    )


@pytest.mark.parametrize("seen", [{"version": 2}, {"version": 10**30}, {"digest": "0" * 64}])
def test_a_decision_on_something_else_than_is_asked_is_stale(seen: dict[str, Any]) -> None:
    question = make_interrupt()

    response = bob().post(path(question), body(question, **seen))

    assert refused(response) == (409, "stale")
    assert response.json()["current"]["version"] == 1


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("superseded", "not_pending"),
        ("stale", "not_pending"),
        ("orphaned", "not_pending"),
        ("expired", "expired"),
        ("cancelled", "not_pending"),
    ],
)
def test_a_question_that_no_longer_waits_is_not_decided(status: str, code: str) -> None:
    question = make_interrupt(status=status)

    assert refused(bob().post(path(question), body(question))) == (409, code)


# --- what does not fit


@pytest.mark.parametrize(
    ("decisions", "at"),
    [
        ([], "/decisions"),
        ([{"type": "approve"}, {"type": "approve"}], "/decisions"),
        ([{"type": "respond", "value": 1}], "/decisions/0/type"),
        ([{"type": "accept"}], "/decisions/0/type"),
        ([{}], "/decisions/0/type"),
        ([{"type": ["approve"]}], "/decisions/0/type"),
        ([{"type": "approve", "args": {}}], "/decisions/0/args"),
        ([{"type": "edit"}], "/decisions/0/args"),
        ([{"type": "edit", "args": [1]}], "/decisions/0/args"),
        ([{"type": "edit", "args": ARGS | {"amount": "much"}}], "/decisions/0/args/amount"),
        ([{"type": "edit", "args": {"amount": 5}}], "/decisions/0/args/note"),
        ([{"type": "edit", "args": ARGS | {"iban": "DE"}}], "/decisions/0/args/iban"),
        ([{"type": "reject", "message": 5}], "/decisions/0/message"),
        ([{"type": "approve", "verb": "x"}], "/decisions/0/verb"),
        (["approve"], "/decisions/0"),
        ([None], "/decisions/0"),
    ],
)
def test_a_decision_that_does_not_fit_is_pointed_at(
    editable: Interrupt, decisions: list[Any], at: str
) -> None:
    response = bob().post(path(editable), body(editable, decisions=decisions))

    assert refused(response) == (422, "invalid_decision")
    assert pointers(response) == [at]
    editable.refresh_from_db()
    assert (editable.status, jobs()) == ("pending", [])


def test_an_edit_that_nobody_can_check_is_not_stored(settings: Any) -> None:
    settings.LANGVEL_AGENTS = {}
    registry.load.cache_clear()
    question = make_interrupt()

    edit = [{"type": "edit", "args": ARGS | {"amount": 5}}]
    response = bob().post(path(question), body(question, decisions=edit))

    assert refused(response) == (503, "agent_unavailable")
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"version": "1"}, "/version"),
        ({"version": 1.0}, "/version"),
        ({"version": True}, "/version"),
        ({"version": None}, "/version"),
        ({"digest": 5}, "/digest"),
        ({"decisions": {"type": "approve"}}, "/decisions"),
        ({"decisions": "approve"}, "/decisions"),
        ({"decisions": None}, "/decisions"),
        ({"reason": ["x"]}, "/reason"),
        ({"undo_seconds": -1}, "/undo_seconds"),
        ({"undo_seconds": 10**12}, "/undo_seconds"),
        ({"undo_seconds": 1.5}, "/undo_seconds"),
    ],
)
def test_a_body_of_another_form_is_malformed(changed: dict[str, Any], at: str) -> None:
    question = make_interrupt()

    response = bob().post(path(question), body(question, **changed))

    assert refused(response) == (400, "malformed")
    assert pointers(response) == [at]


@pytest.mark.parametrize("missing", ["version", "digest", "decisions"])
def test_a_body_that_does_not_say_what_was_seen_is_malformed(missing: str) -> None:
    question = make_interrupt()
    said = body(question)
    del said[missing]

    response = bob().post(path(question), said)

    assert refused(response) == (400, "malformed")
    assert pointers(response) == [f"/{missing}"]
