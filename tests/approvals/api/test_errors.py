"""Whatever comes in, there is a defined answer, and nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from rest_framework.test import APIClient

from approvals.models import Decision, Run
from tests.approvals.api.client import (
    V1,
    alice,
    as_session,
    bob,
    body,
    pointers,
    refused,
    with_bearer,
)
from tests.factories import make_agent, make_interrupt, make_user

pytestmark = pytest.mark.django_db

RUNS = f"{V1}/runs/"
JSON = "application/json"


def post_raw(client: APIClient, path: str, text: str | bytes, content_type: str = JSON) -> Any:
    return client.generic("POST", path, text, content_type=content_type)


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.fixture
def poster() -> Callable[..., Any]:
    """Posts this text as the start of a run, then makes sure that none was stored."""
    make_agent(input_schema={"type": "object"})
    client = alice()

    def post(text: str | bytes, content_type: str = JSON) -> Any:
        response = post_raw(client, RUNS, text, content_type)
        assert not Run.objects.exists()
        return response

    return post


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "{",
        "{'agent': 1}",
        '{"agent": "payments", "input": {"amount": NaN}}',
        '{"agent": "payments", "input": {"amount": -Infinity}}',
        '{"agent": "payments", "agent": "orders", "input": {}}',
        '{"agent": "payments", "input": {"amount": 1, "amount": 2}}',
        '{"agent": "payments", "input": {"x": ' + nested(5000) + "}}",
        '{"agent": "payments", "input": {"x": ' + nested(150) + "}}",
        '{"agent": "payments", "input": {"x": ' + "9" * 5000 + "}}",
        nested(100_000),
        b'{"agent": "\xff"}',
        b"\xff\xfe{\x00}\x00",
        "null",
        "[]",
        '"text"',
        "5",
    ],
)
def test_json_that_means_nothing_is_malformed(poster: Callable[..., Any], text: Any) -> None:
    assert refused(poster(text)) == (400, "malformed")


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ('{"agent": "payments", "input": {"note": "a\\u0000b"}}', "/input/note"),
        ('{"agent": "payments", "input": {"note": "\\ud800"}}', "/input/note"),
        ('{"agent": "payments", "input": {"x": {"\\udfff": 1}}}', "/input/x"),
        ('{"agent": "pay\\u0000", "input": {}}', "/agent"),
        ('{"agent": "payments", "input": {"x": 1e999}}', "/input/x"),
    ],
)
def test_text_that_cannot_be_stored_is_pointed_at(
    poster: Callable[..., Any], text: str, pointer: str
) -> None:
    response = poster(text)

    assert refused(response) == (422, "invalid")
    assert pointers(response) == [pointer]


def test_more_than_a_megabyte_is_too_large(poster: Callable[..., Any]) -> None:
    text = json.dumps({"agent": "payments", "input": {"note": "x" * 1_000_000}})

    assert refused(poster(text)) == (413, "too_large")


@pytest.mark.parametrize("path", [RUNS, "/approve"])
def test_far_more_than_a_megabyte_is_too_large(path: str) -> None:
    response = post_raw(alice(), path, b" " * 3_000_000)

    assert refused(response) == (413, "too_large")


def test_a_little_less_than_a_megabyte_is_stored() -> None:
    make_agent(input_schema={"type": "object"})
    text = json.dumps({"agent": "payments", "input": {"note": "x" * 990_000}})

    assert post_raw(alice(), RUNS, text).status_code == 201


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/xml",
        "",
        "nonsense",
    ],
)
def test_anything_but_json_is_an_unsupported_media_type(
    poster: Callable[..., Any], content_type: str
) -> None:
    assert refused(poster("agent=payments", content_type)) == (415, "unsupported_media_type")


def test_a_broken_form_of_a_session_is_refused_in_the_same_form() -> None:
    client = as_session(make_user("alice", "requesters"), enforce_csrf_checks=True)

    status, _ = refused(post_raw(client, RUNS, "x", "multipart/form-data"))

    assert status in (400, 403)


def test_a_charset_does_no_harm() -> None:
    make_agent(input_schema={"type": "object"})

    response = post_raw(
        alice(), RUNS, b'{"agent": "payments", "input": {}}', "application/json; charset=utf-8"
    )

    assert response.status_code == 201


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", ""])
def test_the_answer_is_json_whatever_is_asked_for(accept: str) -> None:
    response = bob().get(f"{RUNS}?format=xml", headers={"Accept": accept})

    assert (response.status_code, response["Content-Type"]) == (200, JSON)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_another_method_is_not_allowed(method: str) -> None:
    response = getattr(bob(), method)(RUNS)

    assert refused(response) == (405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize("path", ["/nowhere/", "/runs", "/", "/runs/1/nowhere/", "/%ff/"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_address_is_not_found(method: str, path: str) -> None:
    assert refused(getattr(bob(), method)(V1 + path)) == (404, "not_found")


def test_an_unknown_address_says_nothing_to_nobody() -> None:
    assert refused(APIClient().get(f"{V1}/nowhere/")) == (401, "unauthenticated")


def test_answers_are_not_kept_by_anybody_on_the_way() -> None:
    assert bob().get(RUNS)["Cache-Control"] == "private, no-store"


# --- too often


def test_too_many_posts_a_minute_are_throttled(settings: Any) -> None:
    settings.LANGVEL_POSTS_PER_MINUTE = 2
    cache.clear()
    client = alice()
    for _ in range(2):
        assert client.post(RUNS, {}).status_code == 400

    response = client.post(RUNS, {})

    assert refused(response) == (429, "throttled")
    assert 1 <= int(response["Retry-After"]) <= 60


def test_one_persons_posts_are_not_counted_against_another(settings: Any) -> None:
    settings.LANGVEL_POSTS_PER_MINUTE = 1
    cache.clear()
    alice().post(RUNS, {})

    assert bob().post(RUNS, {}).status_code == 400


def test_reading_is_not_throttled(settings: Any) -> None:
    settings.LANGVEL_POSTS_PER_MINUTE = 0

    assert bob().get(RUNS).status_code == 200


# --- PostgreSQL gone


@contextmanager
def postgres_gone(statement: str = "", *, after: int = 0) -> Iterator[None]:
    """Every statement that contains this text fails as it does when the server is away."""
    matching = count()

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if statement in sql and next(matching) >= after:
            raise OperationalError("the connection is closed")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        yield


def test_a_database_that_is_gone_makes_the_api_unavailable() -> None:
    client = bob()

    with postgres_gone():
        response = client.get(RUNS)

    assert refused(response) == (503, "unavailable")
    assert response["Retry-After"] == "5"


def test_a_database_that_goes_in_the_middle_of_a_decision_loses_nothing() -> None:
    question = make_interrupt()
    path = f"{V1}/interrupts/{question.pk}/decide/"
    client = bob()

    with postgres_gone("INSERT INTO approvals_auditentry"):
        first = client.post(path, body(question), headers={"Idempotency-Key": "k"})

    assert refused(first) == (503, "unavailable")
    assert not Decision.objects.exists()
    again = client.post(path, body(question), headers={"Idempotency-Key": "k"})
    assert again.status_code == 200


def test_a_database_that_goes_in_the_middle_of_a_bulk_decision_decides_nothing() -> None:
    items = [{"id": row.pk} | body(row) for row in (make_interrupt(), make_interrupt())]
    client = bob()

    with postgres_gone("INSERT INTO approvals_auditentry", after=1):
        response = client.post(f"{V1}/interrupts/decide/", {"items": items})

    assert refused(response) == (503, "unavailable")
    assert not Decision.objects.exists()


def test_a_token_cannot_be_checked_while_the_database_is_gone() -> None:
    with postgres_gone():
        assert refused(with_bearer("lv_x").get(RUNS)) == (503, "unavailable")


REFUSALS: list[tuple[str, str, Any, dict[str, str], str]] = [
    ("get", "/runs/1/", None, {}, "not_found"),
    ("get", "/runs", None, {}, "not_found"),
    ("get", "/runs/?cursor=x", None, {}, "malformed"),
    ("get", "/audit/", None, {}, "forbidden"),
    ("post", "/runs/", "{", {}, "malformed"),
    ("post", "/runs/", '{"a": 1, "a": 2}', {}, "malformed"),
    ("post", "/runs/", "{}", {}, "malformed"),
    ("post", "/runs/", "{}", {"HTTP_IDEMPOTENCY_KEY": ""}, "malformed"),
    ("post", "/approve", '{"thread_id": "t", "approved": true}', {}, "not_found"),
    (
        "post",
        "/requests/",
        '{"title": "t", "actions": [{"name": "a"}], "callback_url": "ftp://x"}',
        {},
        "malformed",
    ),
]


@pytest.mark.parametrize(("method", "path", "sent", "headers", "code"), REFUSALS)
def test_a_refusal_is_told_in_the_language_asked_for_and_its_code_in_none(
    method: str, path: str, sent: Any, headers: dict[str, str], code: str
) -> None:
    client = bob()

    def told(language: str) -> dict[str, Any]:
        found = client.generic(
            method.upper(), f"{V1}{path}", sent or "", content_type="application/json",
            HTTP_ACCEPT_LANGUAGE=language, **headers,
        )  # fmt: skip
        return found.json()

    english, german = told("en"), told("de")

    assert english["code"] == german["code"] == code
    assert german["detail"] != english["detail"]
    assert [one["pointer"] for one in german["errors"]] == [
        one["pointer"] for one in english["errors"]
    ]
    assert all(
        one["message"] != other["message"]
        for one, other in zip(german["errors"], english["errors"], strict=True)
    )


def test_a_token_that_is_no_good_is_refused_in_the_language_asked_for() -> None:
    english, german = (
        with_bearer("lv_no").get(f"{V1}/runs/", HTTP_ACCEPT_LANGUAGE=language).json()
        for language in ("en", "de")
    )

    assert english["code"] == german["code"] == "unauthenticated"
    assert german["detail"].startswith("Das Token ist unbekannt")
    assert english["detail"].startswith("The token is unknown")
