from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.exceptions import (
    AlreadyDecided,
    Claimed,
    Forbidden,
    InvalidHandling,
    NotFound,
    NotPending,
    OwnRequest,
    Reassigned,
)
from approvals.models import AuditEntry, Interrupt
from approvals.services.claims import assign, claim, release
from approvals.services.snoozing import snooze
from tests.approvals.conftest import answer
from tests.approvals.services.test_decide import together
from tests.factories import make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


def bob() -> Any:
    return make_user("bob", "reviewers")


def carol() -> Any:
    return make_user("carol", "reviewers")


def told() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.order_by("seq").select_related("actor")
    return [(entry.action, entry.actor.username) for entry in entries]


def lapse(question: Interrupt) -> None:
    """The claim has run out."""
    Interrupt.objects.filter(pk=question.pk).update(
        claimed_until=timezone.now() - timedelta(seconds=1)
    )


def test_a_claim_lasts_five_minutes_and_is_written_down() -> None:
    claimed = claim(make_interrupt().pk, actor=bob(), via="page")

    left = claimed.claimed_until - timezone.now()
    assert claimed.claimed_by == bob()
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    assert told() == [("question.claimed", "bob")]


def test_claiming_twice_starts_the_five_minutes_anew_and_says_nothing() -> None:
    question = make_interrupt()
    first = claim(question.pk, actor=bob(), via="page").claimed_until

    second = claim(question.pk, actor=bob(), via="page").claimed_until

    assert second > first
    assert told() == [("question.claimed", "bob")]


def test_a_second_person_is_told_who_is_on_it() -> None:
    question = make_interrupt()
    claim(question.pk, actor=bob(), via="page")

    with pytest.raises(Claimed) as refused:
        claim(question.pk, actor=carol(), via="page")

    assert (refused.value.detail, refused.value.extra["claimed_by"]) == ("bob is on this.", "bob")


def test_a_claim_can_be_taken_over() -> None:
    question = make_interrupt()
    claim(question.pk, actor=bob(), via="page")

    taken = claim(question.pk, actor=carol(), via="page", take_over=True)

    assert taken.claimed_by == carol()
    assert AuditEntry.objects.get(actor=carol()).data["taken_over_from"] == "bob"


def test_a_claim_that_has_run_out_is_in_nobodys_way() -> None:
    question = make_interrupt()
    claim(question.pk, actor=bob(), via="page")
    lapse(question)

    assert claim(question.pk, actor=carol(), via="page").claimed_by == carol()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_claim_at_once_one_is_told_who_has_it() -> None:
    question, people = make_interrupt(), [bob(), carol()]

    results = together(
        [lambda who=who: claim(question.pk, actor=who, via="page") for who in people]
    )

    question.refresh_from_db()
    lost = [result for result in results if isinstance(result, Claimed)]
    assert [error.extra["claimed_by"] for error in lost] == [question.claimed_by.username]
    assert len(told()) == 1


@pytest.mark.parametrize("verb", ["claim", "release", "assign", "snooze"])
def test_nothing_of_it_makes_an_open_form_stale(verb: str) -> None:
    question = make_interrupt()
    if verb == "release":
        claim(question.pk, actor=carol(), via="page")

    HANDLE[verb](question.pk, carol())
    decision = answer(question, decisions=[{"type": "approve"}])

    assert decision.actor == bob()


def test_a_claim_keeps_nobody_from_deciding() -> None:
    question = make_interrupt()
    claim(question.pk, actor=carol(), via="page")

    answer(question, actor=bob(), decisions=[{"type": "approve"}])

    question.refresh_from_db()
    assert question.status == "decided"


def test_releasing_ends_your_claim_and_doing_it_twice_changes_nothing() -> None:
    question = make_interrupt()
    claim(question.pk, actor=bob(), via="page")

    released = [release(question.pk, actor=bob(), via="page").claimed_by for _ in range(2)]

    assert released == [None, None]
    assert told() == [("question.claimed", "bob"), ("question.unclaimed", "bob")]


def test_nobody_releases_the_claim_of_another() -> None:
    question = make_interrupt()
    claim(question.pk, actor=bob(), via="page")

    with pytest.raises(Claimed):
        release(question.pk, actor=carol(), via="page")

    question.refresh_from_db()
    assert question.claimed_by == bob()


def test_an_assignment_names_the_person_and_who_had_it() -> None:
    question = make_interrupt(assignee=bob())
    carol()

    assigned = assign(question.pk, actor=bob(), assignee="carol", via="page")

    assert assigned.assignee == carol()
    data = AuditEntry.objects.get(action="question.assigned").data
    assert (data["assignee"], data["before"]) == ("carol", "bob")


def test_assigning_the_same_person_twice_is_written_down_once() -> None:
    question = make_interrupt()

    for _ in range(2):
        assign(question.pk, actor=bob(), assignee="bob", via="page")

    assert told() == [("question.assigned", "bob")]


def test_a_question_can_be_assigned_to_nobody() -> None:
    question = make_interrupt(assignee=carol())

    assert assign(question.pk, actor=bob(), assignee=None, via="page").assignee is None


def test_who_assigns_what_was_assigned_meanwhile_is_told_to_whom() -> None:
    question = make_interrupt(assignee=carol())

    with pytest.raises(Reassigned) as refused:
        assign(question.pk, actor=bob(), assignee="bob", was=None, via="page")

    assert refused.value.extra["assignee"] == "carol"


@pytest.mark.django_db(transaction=True)
def test_of_two_who_assign_at_once_one_is_told_to_whom() -> None:
    question, people = make_interrupt(), [bob(), carol()]

    results = together(
        [
            lambda who=who: assign(
                question.pk, actor=who, assignee=who.username, was=None, via="page"
            )
            for who in people
        ]
    )

    question.refresh_from_db()
    lost = [result for result in results if isinstance(result, Reassigned)]
    assert [error.extra["assignee"] for error in lost] == [question.assignee.username]


@pytest.mark.parametrize("name", ["nobody", "alice", "sam", "gone"])
def test_only_who_could_decide_it_can_be_assigned(name: str) -> None:
    question = make_interrupt()
    make_user("sam", "requesters")
    make_user("gone", "reviewers", is_active=False)

    with pytest.raises(InvalidHandling) as refused:
        assign(question.pk, actor=bob(), assignee=name, via="page")

    assert refused.value.errors[0]["pointer"] == "/assignee"


HANDLE: dict[str, Any] = {
    "claim": lambda pk, who: claim(pk, actor=who, via="page"),
    "release": lambda pk, who: release(pk, actor=who, via="page"),
    "assign": lambda pk, who: assign(pk, actor=who, assignee=who.username, via="page"),
    "snooze": lambda pk, who: snooze(
        pk, actor=who, until=timezone.now() + timedelta(hours=1), via="page"
    ),
}


@pytest.mark.parametrize("verb", HANDLE)
def test_who_may_not_decide_a_question_does_not_take_care_of_it_either(verb: str) -> None:
    question = make_interrupt(run=make_run(requested_by=make_user("alice", "requesters")))
    own = make_interrupt(run=make_run(requested_by=bob()))

    with pytest.raises(NotFound):
        HANDLE[verb](question.pk, make_user("sam", "requesters"))
    with pytest.raises(OwnRequest):
        HANDLE[verb](own.pk, bob())
    with pytest.raises(Forbidden):
        HANDLE[verb](question.pk, make_user("olga", "operators"))
    assert told() == []


@pytest.mark.parametrize("verb", HANDLE)
def test_rights_are_those_of_now(verb: str) -> None:
    question, former = make_interrupt(), bob()
    make_user("bob")

    with pytest.raises(NotFound):
        HANDLE[verb](question.pk, former)


@pytest.mark.parametrize("verb", HANDLE)
def test_nothing_can_be_done_with_a_question_that_no_longer_waits(verb: str) -> None:
    decided = make_decision(actor=carol()).interrupt
    gone = make_interrupt(status="cancelled")

    with pytest.raises(AlreadyDecided) as refused:
        HANDLE[verb](decided.pk, bob())
    with pytest.raises(NotPending):
        HANDLE[verb](gone.pk, bob())
    assert refused.value.extra["decided_by"] == "carol"
