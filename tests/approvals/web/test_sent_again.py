"""A decision whose answer was lost: sent again under its key, it is made once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from approvals.models import Decision, IdempotencyKey, Interrupt
from approvals.services.undo import undo
from tests.approvals.web.reading import HTMX, fields, words
from tests.factories import make_interrupt, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

KEY, OTHER = "a" * 32, "b" * 32


def form_of(client: Client, question: Interrupt) -> dict[str, Any]:
    return fields(client.get(f"/interrupts/{question.pk}/"))


def send(client: Client, question: Interrupt, form: dict[str, Any], key: str = KEY) -> Any:
    url = f"/interrupts/{question.pk}/decide/"
    return client.post(url, form, headers={"Idempotency-Key": key}, **HTMX)


def test_the_same_answer_again_leads_where_the_first_led(bob):
    question = make_interrupt()
    form = form_of(bob, question) | {"verb": "approve"}

    answers = [send(bob, question, form) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [204, 204, 204]
    assert len({answer["HX-Redirect"] for answer in answers}) == 1
    assert Decision.objects.count() == 1
    assert question.votes.count() == 1


def test_under_another_key_the_second_answer_comes_too_late(bob):
    question = make_interrupt()
    form = form_of(bob, question) | {"verb": "approve"}
    send(bob, question, form)

    late = send(bob, question, form, OTHER)

    assert (late.status_code, "bob decided this first" in words(late)) == (409, True)


def test_under_the_same_key_another_answer_comes_too_late(bob):
    question = make_interrupt()
    form = form_of(bob, question)
    send(bob, question, form | {"verb": "approve"})

    late = send(bob, question, form | {"verb": "reject", "~reason": "no"})

    assert late.status_code == 409
    assert Decision.objects.get().verb == "approve"


def test_a_key_is_nobody_elses(bob):
    question = make_interrupt()
    form = form_of(bob, question) | {"verb": "approve"}
    send(bob, question, form)
    carol = Client()
    carol.force_login(make_user("carol", "reviewers"))

    assert send(carol, question, form).status_code == 409


def test_a_key_of_one_question_says_nothing_of_another(bob):
    one, other = make_interrupt(), make_interrupt(status="decided")
    send(bob, one, form_of(bob, one) | {"verb": "approve"})

    late = send(bob, other, form_of(bob, one) | {"verb": "approve"})

    assert late.status_code == 409


def test_what_was_taken_back_meanwhile_is_not_called_done(bob):
    question = make_interrupt(policy={"undo_seconds": 60})
    form = form_of(bob, question) | {"verb": "approve"}
    send(bob, question, form)
    undo(question.pk, actor=make_user("bob", "reviewers"), via="page")

    assert send(bob, question, form).status_code == 409
    assert Interrupt.objects.get().status == "pending"


def test_a_refusal_is_not_remembered_under_its_key(bob):
    question = make_interrupt(policy={"reason_required": True})
    form = form_of(bob, question) | {"verb": "approve"}

    assert send(bob, question, form).status_code == 422
    assert not IdempotencyKey.objects.exists()
    assert send(bob, question, form | {"~note": "invoice 7"}).status_code == 204


@pytest.mark.parametrize("key", ["", "x", "A" * 32, "a" * 33])
def test_what_is_no_key_of_a_page_counts_as_none(bob, key):
    question = make_interrupt()
    form = form_of(bob, question) | {"verb": "approve"}

    assert [send(bob, question, form, key).status_code for _ in range(2)] == [204, 409]


def test_questions_decided_together_are_told_as_done_once_more(bob):
    questions = [make_interrupt(risk="low") for _ in range(3)]
    items = [f"{one.pk}:{one.version}:{one.digest}" for one in questions]
    Interrupt.objects.filter(pk=questions[2].pk).update(status="cancelled")

    told = [
        bob.post(
            "/inbox/bulk/do/",
            {"act": "approve", "item": items},
            headers={"Idempotency-Key": KEY},
            **HTMX,
        )
        for _ in range(2)
    ]

    for answer in told:
        assert words(answer).startswith("2 approved, 1 changed meanwhile")
    assert Decision.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_at_once_under_one_key_are_both_told_of_one_decision():
    question = make_interrupt()
    bob = make_user("bob", "reviewers")

    def client() -> Client:
        one = Client()
        one.force_login(bob)
        return one

    clients = [client(), client()]
    form = form_of(clients[0], question) | {"verb": "approve"}

    def act(one: Client) -> int:
        try:
            return send(one, question, form).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(act, clients)) == [204, 204]
    assert Decision.objects.count() == 1
