"""Comments over the API."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from approvals.models import Comment
from approvals.services.comments import comment
from tests.approvals.api.client import V1, as_token, bob, pointers, refused, stranger
from tests.factories import make_interrupt, make_user

pytestmark = pytest.mark.django_db


def say(client: APIClient, question: Any, **body: Any) -> Any:
    return client.post(f"{V1}/interrupts/{question.pk}/comments/", {"body": "Hm."} | body)


def test_a_comment_is_answered_as_it_is_kept() -> None:
    question = make_interrupt()
    make_user("carol", "reviewers")

    response = say(bob(), question, body="@carol?", pointer="/0/args/amount")

    said = response.json()
    assert response.status_code == 201
    assert said.pop("created_at")
    assert said == {
        "id": Comment.objects.get().pk, "interrupt": question.pk, "author": "bob",
        "body": "@carol?", "pointer": "/0/args/amount", "mentions": ["carol"],
        "withdrawn_at": None,
    }  # fmt: skip


def test_comments_come_oldest_first() -> None:
    question = make_interrupt()
    client = bob()
    for body in ("one", "two", "three"):
        say(client, question, body=body)

    page = client.get(f"{V1}/interrupts/{question.pk}/comments/?page_size=2").json()

    assert [row["body"] for row in page["results"]] == ["one", "two"]
    assert [row["body"] for row in client.get(page["next"]).json()["results"]] == ["three"]


def test_the_author_named_in_a_body_counts_for_nothing() -> None:
    make_user("carol", "reviewers")

    assert say(bob(), make_interrupt(), author="carol").json()["author"] == "bob"


def test_a_repeated_request_is_one_comment() -> None:
    question, client = make_interrupt(), bob()
    path = f"{V1}/interrupts/{question.pk}/comments/"

    first, second = (client.post(path, {"body": "x"}, HTTP_IDEMPOTENCY_KEY="k") for _ in range(2))

    assert first.json() == second.json()
    assert Comment.objects.count() == 1


def test_a_fault_is_pointed_at() -> None:
    question = make_interrupt()

    response = say(bob(), question, pointer="/0/args/nothing")

    assert refused(response) == (422, "invalid_comment")
    assert pointers(response) == ["/pointer"]


def test_a_question_of_somebody_else_is_not_found() -> None:
    question = make_interrupt()
    made = comment(question.pk, author=make_user("bob", "reviewers"), body="x")
    client = stranger()

    assert refused(say(client, question)) == (404, "not_found")
    path = f"{V1}/interrupts/{question.pk}/comments/"
    assert refused(client.get(path)) == (404, "not_found")
    assert refused(client.post(f"{V1}/comments/{made.pk}/withdraw/")) == (404, "not_found")


def test_nobody_unknown_reads_or_writes() -> None:
    question = make_interrupt()
    path = f"{V1}/interrupts/{question.pk}/comments/"

    assert refused(APIClient().get(path)) == (401, "unauthenticated")
    assert refused(say(APIClient(), question)) == (401, "unauthenticated")
    assert refused(APIClient().post(f"{V1}/comments/1/withdraw/")) == (401, "unauthenticated")


def test_a_token_needs_the_scope_of_talking() -> None:
    question = make_interrupt()
    user = make_user("bob", "reviewers")

    reading = as_token(user, "interrupts:read")
    assert refused(say(reading, question)) == (403, "insufficient_scope")
    assert say(as_token(user, "interrupts:comment"), question).status_code == 201


def test_words_are_withdrawn_once_and_for_all() -> None:
    client = bob()
    made = say(client, make_interrupt()).json()
    path = f"{V1}/comments/{made['id']}/withdraw/"

    first, second = client.post(path).json(), client.post(path).json()

    assert first == second
    assert (first["body"], first["withdrawn_at"] is not None) == ("", True)


def test_words_of_others_stay() -> None:
    made = comment(make_interrupt().pk, author=make_user("carol", "reviewers"), body="x")

    assert refused(bob().post(f"{V1}/comments/{made.pk}/withdraw/")) == (403, "forbidden")
