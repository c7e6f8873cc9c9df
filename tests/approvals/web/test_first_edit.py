"""Whoever begins to edit is on the question: told to the others, in nobody's way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.models import AuditEntry, Decision, Interrupt
from approvals.services.claims import claim
from tests.approvals.web.reading import fields, words
from tests.factories import make_interrupt, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]


def post(client: Any, question: Interrupt, where: str = "draft", **typed: Any) -> Any:
    page = client.get(f"/interrupts/{question.pk}/")
    return client.post(f"/interrupts/{question.pk}/{where}/", fields(page) | typed)


def holder(question: Interrupt) -> str | None:
    question.refresh_from_db()
    return question.claimed_by.username if question.claimed_by else None


def test_the_first_edit_says_that_somebody_is_on_it(bob, as_user):
    question = make_interrupt()

    post(bob, question, **{"/note": "x"})

    assert holder(question) == "bob"
    assert "bob is on this" in words(
        as_user("carol", "reviewers").get(f"/interrupts/{question.pk}/")
    )


def test_looking_alone_says_nothing(bob):
    question = make_interrupt()

    post(bob, question)

    assert holder(question) is None


def test_more_edits_hold_it_longer_and_are_one_entry(bob):
    question = make_interrupt()
    post(bob, question, **{"/note": "x"})
    soon = timezone.now() + timedelta(minutes=1)
    Interrupt.objects.update(claimed_until=soon)

    post(bob, question, **{"/note": "xy"})

    question.refresh_from_db()
    assert question.claimed_until > soon
    assert AuditEntry.objects.filter(action="question.claimed").count() == 1


def test_who_is_on_it_already_stays_and_the_draft_is_kept(bob):
    question = make_interrupt()
    claim(question.pk, actor=make_user("carol", "reviewers"), via="page")

    assert post(bob, question, **{"/note": "x"}).status_code == 303

    assert holder(question) == "carol"
    assert question.drafts.get().person.username == "bob"


def test_a_colleague_decides_all_the_same(bob, as_user):
    question = make_interrupt()
    post(bob, question, **{"/note": "x"})

    done = post(as_user("carol", "reviewers"), question, "decide", verb="approve")

    assert (done.status_code, Decision.objects.get().actor.username) == (303, "carol")


def test_discarding_the_draft_lets_go(bob):
    question = make_interrupt()
    post(bob, question, **{"/note": "x"})

    for _ in range(2):
        post(bob, question, "draft/discard")

    assert holder(question) is None


def test_discarding_leaves_a_colleague_on_it(bob):
    question = make_interrupt()
    post(bob, question, **{"/note": "x"})
    claim(question.pk, actor=make_user("carol", "reviewers"), via="page", take_over=True)

    post(bob, question, "draft/discard")

    assert holder(question) == "carol"
