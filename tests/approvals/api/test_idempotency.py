from __future__ import annotations

from threading import Barrier
from typing import Any

import pytest
from rest_framework.test import APIClient

from approvals.models import Decision, IdempotencyKey, Run
from tests.approvals.api.client import V1, alice, as_token, bob, body, olga, refused
from tests.approvals.services.test_decide import together
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

RUNS = f"{V1}/runs/"
START = {"agent": "payments", "input": {"amount": 5}}


def post(client: APIClient, path: str, said: Any, key: str = "k1") -> Any:
    return client.post(path, said, headers={"Idempotency-Key": key})


def test_the_same_request_again_gets_the_same_answer_and_has_no_second_effect() -> None:
    make_agent()
    client = alice()

    first, again = post(client, RUNS, START), post(client, RUNS, START)

    assert Run.objects.count() == 1
    assert (again.status_code, again.json()) == (201, first.json())
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")


def test_the_order_of_keys_makes_no_other_request() -> None:
    make_agent()
    client = alice()
    post(client, RUNS, START)

    again = post(client, RUNS, dict(reversed(START.items())))

    assert again["Idempotency-Replayed"] == "true"


def test_a_decision_again_gets_the_answer_of_the_first_time() -> None:
    question = make_interrupt()
    path = f"{V1}/interrupts/{question.pk}/decide/"
    client = bob()

    first, again = (post(client, path, body(question)) for _ in range(2))

    assert (again.status_code, again.json()) == (200, first.json())


def test_a_bulk_decision_again_gets_the_answer_of_the_first_time() -> None:
    items = [{"id": row.pk} | body(row) for row in (make_interrupt(), make_interrupt())]
    make_decision(make_interrupt(), actor=make_user("carol", "reviewers"))
    client = bob()

    first, again = (post(client, f"{V1}/interrupts/decide/", {"items": items}) for _ in range(2))

    assert again.json() == first.json()
    assert Decision.objects.filter(via="bulk").count() == 2


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_the_other_posts_take_a_key_too(verb: str) -> None:
    run = make_run(status="error" if verb == "retry" else "interrupted")
    client = olga()

    first, again = (post(client, f"{RUNS}{run.pk}/{verb}/", {}) for _ in range(2))

    assert (again.status_code, again.json()) == (200, first.json())
    assert again["Idempotency-Replayed"] == "true"


def test_the_same_key_with_another_body_is_refused() -> None:
    make_agent()
    client = alice()
    post(client, RUNS, START)

    response = post(client, RUNS, START | {"input": {"amount": 6}})

    assert refused(response) == (422, "idempotency_key_reused")
    assert Run.objects.count() == 1


def test_the_same_key_at_another_address_is_refused() -> None:
    one, other = make_interrupt(), make_interrupt()
    client = bob()
    post(client, f"{V1}/interrupts/{one.pk}/decide/", body(one))

    response = post(client, f"{V1}/interrupts/{other.pk}/decide/", body(one))

    assert refused(response) == (422, "idempotency_key_reused")


def test_another_person_may_use_the_same_key() -> None:
    make_agent()
    post(alice(), RUNS, START)

    response = post(as_token(make_user("sam", "requesters")), RUNS, START)

    assert (response.status_code, Run.objects.count()) == (201, 2)


def test_a_refusal_is_not_kept() -> None:
    client = alice()
    assert refused(post(client, RUNS, START)) == (404, "not_found")
    make_agent()

    assert post(client, RUNS, START).status_code == 201


def test_a_conflict_is_not_kept() -> None:
    question = make_interrupt()
    path = f"{V1}/interrupts/{question.pk}/decide/"

    response = post(bob(), path, body(question, version=2))

    assert refused(response) == (409, "stale")
    assert not IdempotencyKey.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "ü", "a\x00b"])
def test_a_key_that_is_none_is_malformed(key: str) -> None:
    make_agent()

    assert refused(post(alice(), RUNS, START, key=key)) == (400, "malformed")


@pytest.mark.parametrize("key", ["x", "x" * 255, "~ !"])
def test_a_key_has_1_to_255_printable_characters(key: str) -> None:
    make_agent()

    assert post(alice(), RUNS, START, key=key).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_acts_and_the_other_gets_its_answer() -> None:
    make_agent()
    clients, barrier = [alice(), alice()], Barrier(2)

    def start(client: APIClient) -> Any:
        barrier.wait()
        return post(client, RUNS, START)

    answers = together([lambda client=client: start(client) for client in clients])

    assert Run.objects.count() == 1
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert sorted(answer.get("Idempotency-Replayed", "") for answer in answers) == ["", "true"]


@pytest.mark.django_db(transaction=True)
def test_sixteen_decisions_with_one_key_are_one_decision() -> None:
    question = make_interrupt()
    path = f"{V1}/interrupts/{question.pk}/decide/"
    clients = [bob() for _ in range(16)]

    answers = together(
        [lambda client=client: post(client, path, body(question)) for client in clients]
    )

    assert [answer.status_code for answer in answers] == [200] * 16
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_sixteen_decisions_without_a_key_are_one_decision_and_fifteen_conflicts() -> None:
    question = make_interrupt()
    path = f"{V1}/interrupts/{question.pk}/decide/"
    clients = [bob() for _ in range(16)]

    answers = together(
        [lambda client=client: client.post(path, body(question)) for client in clients]
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 15
    assert Decision.objects.count() == 1
