from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction

from approvals.exceptions import (
    AlreadyDecided,
    ApprovalsError,
    Forbidden,
    Held,
    Invalid,
    InvalidDecision,
    NotFound,
    NotPending,
    OwnRequest,
    StaleQuestion,
)
from approvals.models import AuditEntry, Decision, Interrupt, Run, Vote
from approvals.services.decisions import decide
from tests.approvals.conftest import answer, jobs
from tests.factories import (
    ARGS,
    QUESTION_ACTION,
    make_decision,
    make_interrupt,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db


def approve(question: Interrupt, **fields: Any) -> Decision:
    return answer(question, decisions=[{"type": "approve"}], **fields)


def test_an_approval_decides_the_question_and_wakes_the_run() -> None:
    question = make_interrupt()

    approve(question)

    question.refresh_from_db()
    assert (question.status, question.version) == ("decided", 2)
    assert jobs() == [("approvals.drive", question.run_id)]


def test_a_decision_keeps_who_decided_what_and_by_which_door() -> None:
    question = make_interrupt()

    decision = approve(question, reason="checked the invoice")

    assert (decision.verb, decision.actor.username, decision.reason) == (
        "approve",
        "bob",
        "checked the invoice",
    )
    assert (decision.via, decision.auth_method, decision.digest) == (
        "page",
        "session",
        question.digest,
    )


def test_the_graph_is_told_the_reviewer_and_the_reason() -> None:
    decision = approve(make_interrupt(), reason="checked the invoice")

    told = dict(decision.resume_value)
    assert told.pop("at").startswith("20")
    assert told == {"type": "approve", "message": "checked the invoice", "by": "bob"}


def test_an_edit_keeps_the_difference_as_a_patch() -> None:
    decision = answer(
        make_interrupt(agent_version="1"),
        decisions=[{"type": "reject"}],
    )

    assert decision.patch == [[]]


def test_a_second_decision_names_who_was_first() -> None:
    question = make_interrupt()
    approve(question)

    with pytest.raises(AlreadyDecided) as refused:
        approve(question, actor=make_user("carol", "reviewers"))

    assert refused.value.extra["decided_by"] == "bob"
    assert refused.value.extra["verb"] == "approve"
    assert Decision.objects.count() == 1


def test_the_same_reviewer_cannot_decide_twice() -> None:
    question = make_interrupt()
    approve(question)

    with pytest.raises(AlreadyDecided):
        approve(question)

    assert Vote.objects.count() == 1


@pytest.mark.parametrize("seen", [{"version": 7}, {"digest": "another question"}])
def test_an_answer_to_a_question_not_seen_is_refused(seen: dict[str, Any]) -> None:
    question = make_interrupt()

    with pytest.raises(StaleQuestion) as refused:
        approve(question, **seen)

    assert refused.value.extra["version"] == question.version
    assert not Decision.objects.exists()


def test_a_stale_answer_is_told_so_before_its_faults() -> None:
    question = make_interrupt()

    with pytest.raises(StaleQuestion):
        answer(question, version=7, decisions=[{"type": "dance"}])


@pytest.mark.parametrize("status", ["superseded", "stale", "orphaned", "expired", "cancelled"])
def test_a_question_that_is_over_takes_no_answer(status: str) -> None:
    with pytest.raises(NotPending):
        approve(make_interrupt(status=status))


@pytest.mark.parametrize("status", ["pending", "running", "success", "error", "cancelled"])
def test_a_run_that_does_not_wait_takes_no_answer(status: str) -> None:
    question = make_interrupt(run=make_run(status=status))

    with pytest.raises(NotPending):
        approve(question)

    question.refresh_from_db()
    assert question.status == "pending"


def test_a_run_being_cancelled_takes_no_answer() -> None:
    with pytest.raises(NotPending):
        approve(make_interrupt(run=make_run(intent="cancel")))


def test_a_held_question_takes_no_answer_and_says_why() -> None:
    question = make_interrupt(held_reason="The step it asks about is gone.")

    with pytest.raises(Held, match="The step it asks about is gone") as refused:
        approve(question)

    assert (refused.value.status, refused.value.code) == (409, "held")
    assert refused.value.extra["held_reason"] == question.held_reason
    assert not Decision.objects.exists()


def test_a_question_held_while_its_answer_was_checked_takes_none() -> None:
    question = make_interrupt()
    held = Interrupt.objects.filter(pk=question.pk)

    class Meanwhile(dict[str, Any]):
        def get(self, *args: Any) -> Any:
            held.update(held_reason="The step it asks about is gone.")
            return super().get(*args)

    with pytest.raises(Held):
        answer(question, decisions=[Meanwhile(type="approve")])

    assert not Decision.objects.exists()


def test_the_requester_of_a_run_cannot_decide_its_questions() -> None:
    alice = make_user("alice", "requesters", "reviewers", "supervisors")

    with pytest.raises(OwnRequest):
        approve(make_interrupt(run=make_run(requested_by=alice)), actor=alice)


def test_the_requester_cannot_decide_even_as_a_superuser() -> None:
    root = make_user("root", is_superuser=True)

    with pytest.raises(OwnRequest):
        approve(make_interrupt(run=make_run(requested_by=root)), actor=root)


@pytest.mark.parametrize("group", ["operators", "auditors"])
def test_seeing_a_question_is_not_the_right_to_decide_it(group: str) -> None:
    with pytest.raises(Forbidden):
        approve(make_interrupt(), actor=make_user("olga", group))


def test_a_question_that_is_not_yours_to_see_is_not_found() -> None:
    with pytest.raises(NotFound):
        approve(make_interrupt(), actor=make_user("zoe", "requesters"))


def test_an_unknown_question_is_not_found() -> None:
    question = make_interrupt()
    question.pk = 999_999

    with pytest.raises(NotFound):
        approve(question)


def test_rights_are_read_anew_for_every_decision() -> None:
    bob = make_user("bob", "reviewers")
    assert bob.has_perm("approvals.decide_interrupt")
    bob.groups.clear()

    with pytest.raises(NotFound):
        approve(make_interrupt(), actor=bob)


def test_a_deactivated_reviewer_decides_nothing() -> None:
    bob = make_user("bob", "reviewers")
    type(bob).objects.update(is_active=False)

    with pytest.raises(Forbidden):
        approve(make_interrupt(), actor=bob)


@pytest.mark.parametrize(
    ("decisions", "pointer"),
    [
        ([], ""),
        ([{"type": "approve"}, {"type": "approve"}], ""),
        (["approve"], "/0"),
        ([{}], "/0/type"),
        ([{"type": "dance"}], "/0/type"),
        ([{"type": "respond", "value": 1}], "/0/type"),
        ([{"type": "edit"}], "/0/args"),
        ([{"type": "edit", "args": [1]}], "/0/args"),
        ([{"type": "approve", "args": ARGS}], "/0/args"),
        ([{"type": "approve", "value": 1}], "/0/value"),
        ([{"type": "reject", "message": 7}], "/0/message"),
        ([{"type": "approve", "approved_by": "eve"}], "/0/approved_by"),
        ([{"type": "edit", "args": {"amount": 1.0}}], "/0/args/note"),
        ([{"type": "edit", "args": ARGS | {"admin": True}}], "/0/args/admin"),
        ([{"type": "edit", "args": ARGS | {"amount": "much"}}], "/0/args/amount"),
    ],
)
def test_a_decision_that_does_not_fit_is_refused_with_its_place(
    decisions: Any, pointer: str
) -> None:
    question = make_interrupt()

    with pytest.raises(InvalidDecision) as refused:
        answer(question, decisions=decisions)

    assert [error["pointer"] for error in refused.value.errors] == [pointer]
    question.refresh_from_db()
    assert question.status == "pending"


@pytest.mark.parametrize("text", ["a\0b", "\ud83d"])
def test_text_that_cannot_be_stored_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        answer(make_interrupt(), decisions=[{"type": "reject", "message": text}])


@pytest.mark.parametrize("value", [None, True, 0, "text", [], {}, {"a": [1, None]}])
def test_a_plain_question_takes_any_json_value(value: Any) -> None:
    question = make_interrupt(dialect="plain", actions=[QUESTION_ACTION])

    decision = answer(question, value)

    decision.refresh_from_db()
    assert decision.resume_value == value


def test_a_response_without_a_value_is_refused() -> None:
    question = make_interrupt(dialect="plain", actions=[QUESTION_ACTION])

    with pytest.raises(InvalidDecision):
        answer(question, decisions=[{"type": "respond"}])


def test_one_open_question_keeps_the_run_asleep() -> None:
    first = make_interrupt()
    make_interrupt(run=first.run)

    approve(first)

    assert jobs() == []


def test_the_last_answer_wakes_the_run_once() -> None:
    first = make_interrupt()
    second = make_interrupt(run=first.run)

    approve(first)
    approve(second)

    assert jobs() == [("approvals.drive", first.run_id)]


def test_a_decision_is_in_the_audit_with_what_was_seen() -> None:
    question = make_interrupt()

    approve(question)

    entry = AuditEntry.objects.get(action="question.decided")
    assert (entry.actor.username, entry.interrupt_id) == ("bob", question.pk)
    assert (entry.data["digest"], entry.data["version"]) == (question.digest, 1)


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_decision_leaves_nothing_behind() -> None:
    question = make_interrupt()

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        approve(question)
        raise ZeroDivisionError

    question.refresh_from_db()
    assert question.status == "pending"
    assert (jobs(), Decision.objects.count(), Vote.objects.count()) == ([], 0, 0)
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_sixteen_simultaneous_decisions_one_wins() -> None:
    question = make_interrupt()
    people = [make_user(f"reviewer{number}", "reviewers") for number in range(16)]

    outcomes = together([lambda who=who: approve(question, actor=who) for who in people])

    assert sum(isinstance(outcome, Decision) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, AlreadyDecided) for outcome in outcomes) == 15
    assert jobs() == [("approvals.drive", question.run_id)]


@pytest.mark.django_db(transaction=True)
def test_three_questions_decided_at_once_wake_their_run_once() -> None:
    first = make_interrupt()
    questions = [first, make_interrupt(run=first.run), make_interrupt(run=first.run)]
    make_user("bob", "reviewers")

    outcomes = together([lambda question=question: approve(question) for question in questions])

    assert all(isinstance(outcome, Decision) for outcome in outcomes)
    assert jobs() == [("approvals.drive", first.run_id)]


@pytest.mark.django_db(transaction=True)
def test_decision_and_cancellation_at_once_leave_one_of_them() -> None:
    from approvals.services.runs import cancel_run

    question = make_interrupt()
    bob = make_user("bob", "reviewers")

    decided, cancelled = together(
        [
            lambda: approve(question, actor=bob),
            lambda: cancel_run(question.run_id, actor=question.requested_by, via="page"),
        ]
    )

    question.refresh_from_db()
    assert isinstance(cancelled, Run)
    assert question.status == "cancelled"
    assert isinstance(decided, (Decision, NotPending))


def test_a_decision_already_stored_cannot_be_overwritten() -> None:
    decision = make_decision()

    with pytest.raises(AlreadyDecided):
        decide(
            decision.interrupt_id,
            actor=make_user("carol", "reviewers"),
            version=1,
            digest=decision.digest,
            decisions=[{"type": "reject"}],
            via="api",
            auth_method="token",
        )

    decision.refresh_from_db()
    assert decision.verb == "approve"


def together(calls: list[Any]) -> list[Any]:
    """Run each call in a thread with a connection of its own; results or errors, in order."""

    def run(call: Any) -> Any:
        try:
            return call()
        except ApprovalsError as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))
