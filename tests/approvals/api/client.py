"""HTTP clients as the tests use them: somebody's session, somebody's token, nobody's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from approvals.models import Interrupt, Token
from tests.factories import make_user

V1 = "/api/v1"


def as_session(user: User, **options: Any) -> APIClient:
    client = APIClient(**options)
    client.force_login(user)
    return client


def as_token(user: User, *scopes: str, lifetime: timedelta | None = None) -> APIClient:
    _, plain = Token.objects.issue(
        user=user, name="test", scopes=list(scopes or ("*",)), lifetime=lifetime
    )
    return with_bearer(plain)


def with_bearer(plain: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {plain}")
    return client


def alice() -> APIClient:
    """Asks for runs."""
    return as_token(make_user("alice", "requesters"))


def bob() -> APIClient:
    """Reviews."""
    return as_token(make_user("bob", "reviewers"))


def olga() -> APIClient:
    """Operates."""
    return as_token(make_user("olga", "operators"))


def stranger() -> APIClient:
    """Asks for runs of their own and has nothing to do with anybody else's."""
    return as_token(make_user("sam", "requesters"))


def body(question: Interrupt, **fields: Any) -> dict[str, Any]:
    """The body that approves a question as one who has just seen it."""
    seen = {"version": question.version, "digest": question.digest}
    return seen | {"decisions": [{"type": "approve"}]} | fields


def refused(response: Any) -> tuple[int, str]:
    """Status and code of a refusal, which has the form that every refusal has."""
    said = response.json()
    assert set(said) - {"current"} == {"code", "detail", "errors"}
    assert all(set(fault) == {"pointer", "message"} for fault in said["errors"])
    return response.status_code, said["code"]


def pointers(response: Any) -> list[str]:
    return [fault["pointer"] for fault in response.json()["errors"]]


def queries(client: APIClient, path: str) -> list[str]:
    """The SQL that a GET takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured.captured_queries]
