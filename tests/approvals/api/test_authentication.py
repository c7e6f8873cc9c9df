from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from approvals.models import Decision, Interrupt, Token
from tests.approvals.api.client import (
    V1,
    as_session,
    as_token,
    body,
    refused,
    with_bearer,
)
from tests.factories import make_interrupt, make_user

pytestmark = pytest.mark.django_db

AGENTS = f"{V1}/agents/"

ROUTES = [
    ("get", "/agents/", "agents:read"),
    ("get", "/runs/", "runs:read"),
    ("post", "/runs/", "runs:write"),
    ("get", "/runs/1/", "runs:read"),
    ("get", "/runs/1/timeline/", "runs:read"),
    ("post", "/runs/1/cancel/", "runs:write"),
    ("post", "/runs/1/retry/", "runs:write"),
    ("get", "/interrupts/", "interrupts:read"),
    ("get", "/interrupts/1/", "interrupts:read"),
    ("post", "/interrupts/1/decide/", "interrupts:decide"),
    ("post", "/interrupts/decide/", "interrupts:decide"),
    ("get", "/audit/", "audit:read"),
    ("get", "/insights/", "insights:read"),
    ("post", "/approve", "interrupts:decide"),
    ("get", "/pending-approvals", "interrupts:read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_nobody_gets_anything(method: str, path: str, scope: str) -> None:
    response = getattr(APIClient(), method)(V1 + path)

    assert refused(response) == (401, "unauthenticated")
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(("method", "path"), [("post", "/approve"), ("get", "/pending-approvals")])
def test_nobody_gets_anything_at_the_root_either(method: str, path: str) -> None:
    assert refused(getattr(APIClient(), method)(path)) == (401, "unauthenticated")


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_a_token_without_the_scope_is_forbidden(method: str, path: str, scope: str) -> None:
    others = [known for known in Token.SCOPES if known not in ("*", scope)]
    client = as_token(make_user("root", is_superuser=True), *others)

    assert refused(getattr(client, method)(V1 + path)) == (403, "insufficient_scope")


@pytest.mark.parametrize(("method", "path", "scope"), ROUTES)
def test_a_token_with_the_scope_passes(method: str, path: str, scope: str) -> None:
    client = as_token(make_user("root", is_superuser=True), scope)

    assert getattr(client, method)(V1 + path).status_code not in (401, 403)


def test_a_head_needs_the_scope_of_a_get() -> None:
    client = as_token(make_user(), "runs:read")

    assert client.head(AGENTS).status_code == 403


def test_a_session_will_do() -> None:
    assert as_session(make_user()).get(AGENTS).status_code == 200


def test_a_session_posts_only_with_its_csrf_token() -> None:
    client = as_session(make_user("alice", "requesters"), enforce_csrf_checks=True)

    response = client.post(f"{V1}/runs/", {"agent": "payments", "input": {}})

    assert refused(response) == (403, "forbidden")
    assert response.json()["detail"].startswith("CSRF")


def test_a_token_needs_no_csrf_token() -> None:
    question = make_interrupt()
    _, plain = Token.objects.issue(
        user=make_user("bob", "reviewers"), name="", scopes=["*"], lifetime=None
    )
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {plain}")

    response = client.post(f"{V1}/interrupts/{question.pk}/decide/", body(question))

    assert response.status_code == 200


@pytest.mark.parametrize("plain", ["lv_wrong", "", "ünïcode", "lv_a lv_b", "x" * 5000])
def test_a_bad_token_is_refused(plain: str) -> None:
    assert refused(with_bearer(plain).get(AGENTS)) == (401, "unauthenticated")


def test_a_bad_token_is_refused_although_there_is_a_session() -> None:
    client = as_session(make_user())

    response = client.get(AGENTS, headers={"Authorization": "Bearer lv_wrong"})

    assert refused(response) == (401, "unauthenticated")


def test_an_expired_token_is_refused() -> None:
    client = as_token(make_user(), lifetime=timedelta(seconds=-1))

    assert refused(client.get(AGENTS)) == (401, "unauthenticated")


def test_a_token_that_expires_tomorrow_is_good() -> None:
    assert as_token(make_user(), lifetime=timedelta(days=1)).get(AGENTS).status_code == 200


def test_the_token_of_an_inactive_user_is_dead() -> None:
    user = make_user()
    client = as_token(user)
    user.is_active = False
    user.save()

    assert refused(client.get(AGENTS)) == (401, "unauthenticated")


def test_the_session_of_an_inactive_user_is_dead() -> None:
    user = make_user()
    client = as_session(user)
    user.is_active = False
    user.save()

    assert refused(client.get(AGENTS)) == (401, "unauthenticated")


def test_a_token_is_stored_as_a_hash() -> None:
    token, plain = Token.objects.issue(user=make_user(), name="", scopes=["*"], lifetime=None)

    assert plain.startswith("lv_")
    assert plain not in str(Token.objects.values().get(pk=token.pk))


def test_the_use_of_a_token_is_noted() -> None:
    as_token(make_user()).get(AGENTS)

    assert timezone.now() - Token.objects.get().last_used_at < timedelta(minutes=1)


def test_the_use_of_a_token_is_noted_once_a_minute() -> None:
    client = as_token(make_user())
    just_now = timezone.now() - timedelta(seconds=50)
    Token.objects.update(last_used_at=just_now)

    client.get(AGENTS)

    assert Token.objects.get().last_used_at == just_now


def test_the_use_of_a_token_is_noted_again_after_a_minute() -> None:
    client = as_token(make_user())
    long_ago = timezone.now() - timedelta(seconds=70)
    Token.objects.update(last_used_at=long_ago)

    client.get(AGENTS)

    assert Token.objects.get().last_used_at > long_ago


@pytest.mark.parametrize(("enter", "method"), [(as_session, "session"), (as_token, "token")])
def test_a_decision_keeps_how_its_actor_was_known(enter: object, method: str) -> None:
    question = make_interrupt()

    client = enter(make_user("bob", "reviewers"))  # type: ignore[operator]
    client.post(f"{V1}/interrupts/{question.pk}/decide/", body(question))

    decision = Decision.objects.get()
    assert (decision.actor.username, decision.auth_method, decision.via) == ("bob", method, "api")


def test_the_actor_never_comes_from_the_body() -> None:
    question = make_interrupt()
    make_user("carol", "reviewers")

    client = as_token(make_user("bob", "reviewers"))
    client.post(
        f"{V1}/interrupts/{question.pk}/decide/", body(question, actor="carol", user="carol")
    )

    assert Interrupt.objects.get().decision.actor.username == "bob"
