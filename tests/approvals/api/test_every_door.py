"""Whatever a program posts, it can post again with the same key: one effect, one answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from agents import registry
from approvals.api.urls import urlpatterns
from approvals.models import AuditEntry, IdempotencyKey, Run
from approvals.services.claims import claim
from approvals.services.comments import comment
from tests.approvals.api.client import V1, alice, bob, body, olga, refused
from tests.approvals.requests.asking import ASK, REQUESTS, asked
from tests.factories import (
    make_agent,
    make_history,
    make_interrupt,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db

Door = tuple[APIClient, str, dict[str, Any]]


def runs() -> Door:
    make_agent()
    return alice(), f"{V1}/runs/", {"agent": "payments", "input": {"amount": 5}}


def cancel() -> Door:
    return olga(), f"{V1}/runs/{make_run().pk}/cancel/", {}


def retry() -> Door:
    return olga(), f"{V1}/runs/{make_run(status='error').pk}/retry/", {}


def fork() -> Door:
    run = make_run(status="success")
    return (
        olga(),
        f"{V1}/runs/{run.pk}/fork/",
        {"checkpoint_id": make_history(run)[1].checkpoint_id},
    )


def decide() -> Door:
    question = make_interrupt()
    return bob(), f"{V1}/interrupts/{question.pk}/decide/", body(question)


def undo() -> Door:
    client, path, said = decide()
    assert client.post(path, said | {"undo_seconds": 60}).status_code == 200
    return client, path.replace("decide", "undo"), {}


def decide_bulk() -> Door:
    question = make_interrupt()
    return bob(), f"{V1}/interrupts/decide/", {"items": [{"id": question.pk} | body(question)]}


def undo_bulk() -> Door:
    client, path, said = decide_bulk()
    assert client.post(path, said | {"undo_seconds": 60}).status_code == 200
    return client, f"{V1}/interrupts/undo/", {"items": [{"id": said["items"][0]["id"]}]}


def claiming() -> Door:
    return bob(), f"{V1}/interrupts/{make_interrupt().pk}/claim/", {}


def release() -> Door:
    question = make_interrupt()
    claim(question.pk, actor=make_user("bob", "reviewers"), via="page")
    return bob(), f"{V1}/interrupts/{question.pk}/release/", {}


def assign() -> Door:
    client = bob()
    return client, f"{V1}/interrupts/{make_interrupt().pk}/assign/", {"assignee": "bob"}


def snooze() -> Door:
    until = timezone.now() + timedelta(hours=2)
    return bob(), f"{V1}/interrupts/{make_interrupt().pk}/snooze/", {"until": until.isoformat()}


def comments() -> Door:
    return bob(), f"{V1}/interrupts/{make_interrupt().pk}/comments/", {"body": "Hm."}


def withdraw_comment() -> Door:
    author = make_user("bob", "reviewers")
    said = comment(make_interrupt().pk, author=author, body="Hm.")
    return bob(), f"{V1}/comments/{said.pk}/withdraw/", {}


def requests() -> Door:
    return alice(), REQUESTS, ASK


def withdraw() -> Door:
    return alice(), f"{V1}/requests/{asked().pk}/cancel/", {}


def approve() -> Door:
    run = make_interrupt().run
    said = {"thread_id": run.thread_id, "approved": True, "approved_by": "bob", "notes": None}
    return bob(), f"{V1}/approve", said


DOORS: dict[str, Callable[[], Door]] = {
    "runs": runs,
    "cancel": cancel,
    "retry": retry,
    "fork": fork,
    "decide": decide,
    "undo": undo,
    "decide-bulk": decide_bulk,
    "undo-bulk": undo_bulk,
    "claim": claiming,
    "release": release,
    "assign": assign,
    "snooze": snooze,
    "comments": comments,
    "withdraw-comment": withdraw_comment,
    "requests": requests,
    "withdraw": withdraw,
    "approve": approve,
}


@pytest.fixture(autouse=True)
def _agents(settings: Any) -> Iterator[None]:
    """As code, so that a fork can be checked; nobody waits for a worker."""
    settings.LANGVEL_APPROVE_WAIT_SECONDS = 0.1
    settings.LANGVEL_AGENTS = {"payments": "tests.graphs.asks_once"}
    registry.load.cache_clear()
    yield
    registry.load.cache_clear()


def test_every_address_that_takes_a_post_is_tried_here() -> None:
    posted = {
        pattern.name
        for pattern in urlpatterns
        if pattern.name and hasattr(pattern.callback.cls, "post")  # type: ignore[attr-defined]
    }

    assert posted == set(DOORS)


@pytest.mark.parametrize("door", DOORS)
def test_the_same_post_again_has_one_effect_and_one_answer(door: str) -> None:
    client, path, said = DOORS[door]()

    first = client.post(path, said, headers={"Idempotency-Key": "k"})
    effects = counted()
    again = client.post(path, said, headers={"Idempotency-Key": "k"})

    assert first.status_code in (200, 201), first.json()
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["Idempotency-Replayed"] == "true"
    assert counted() == effects


@pytest.mark.parametrize("door", DOORS)
def test_the_key_with_another_body_is_refused(door: str) -> None:
    client, path, said = DOORS[door]()
    client.post(path, said, headers={"Idempotency-Key": "k"})
    effects = counted()

    change = {"title": "Other"} if door == "requests" else {"reason": "other"}
    other = client.post(path, said | change, headers={"Idempotency-Key": "k"})

    assert refused(other) == (422, "idempotency_key_reused")
    assert counted() == effects


def counted() -> tuple[int, ...]:
    return (AuditEntry.objects.count(), Run.objects.count(), IdempotencyKey.objects.count())
