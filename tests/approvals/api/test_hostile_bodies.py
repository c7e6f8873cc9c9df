"""Whatever JSON a program sends into a question, there is an answer that says what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from approvals.models import Decision, Interrupt
from tests.approvals.api.client import V1, alice, bob
from tests.approvals.requests.asking import ASK, PAY, REQUESTS
from tests.factories import ACTION, ARGS, QUESTION_ACTION, make_interrupt

pytestmark = pytest.mark.django_db

HOLE = "@@"
HOSTILE = {
    "NUL": '"a\\u0000b"',
    "a lone surrogate": '"\\ud800"',
    "NUL in a key": '{"a\\u0000": 1}',
    "NaN": "NaN",
    "Infinity": "-Infinity",
    "1e999": "1e999",
    "5,000 digits": "9" * 5_000,
    "5,000 levels": "[" * 5_000 + "]" * 5_000,
    "10 MB": '"' + "x" * 10_000_000 + '"',
}
STORABLE = {
    "2^80": str(2**80),
    "-0.0": "-0.0",
    "an emoji": '"\\ud83d\\ude00"',
    "a mark": '"\\u202e"',
}


def seen(question: Interrupt) -> dict[str, Any]:
    return {"version": question.version, "digest": question.digest}


def editing() -> tuple[str, Any]:
    question = make_interrupt(actions=[ACTION | {"schema": {"type": "object"}}])
    edit = {"type": "edit", "args": ARGS | {"note": HOLE}}
    return f"{V1}/interrupts/{question.pk}/decide/", seen(question) | {"decisions": [edit]}


def responding() -> tuple[str, Any]:
    question = make_interrupt(actions=[QUESTION_ACTION], dialect="plain")
    respond = {"type": "respond", "value": {"x": HOLE}}
    return f"{V1}/interrupts/{question.pk}/decide/", seen(question) | {"decisions": [respond]}


def rejecting() -> tuple[str, Any]:
    question = make_interrupt()
    reject = {"type": "reject", "message": HOLE}
    return f"{V1}/interrupts/{question.pk}/decide/", seen(question) | {"decisions": [reject]}


def in_bulk() -> tuple[str, Any]:
    question = make_interrupt(actions=[ACTION | {"schema": {"type": "object"}}])
    edit = {"type": "edit", "args": ARGS | {"note": HOLE}}
    item = {"id": question.pk} | seen(question) | {"decisions": [edit]}
    return f"{V1}/interrupts/decide/", {"items": [item]}


def approving() -> tuple[str, Any]:
    run = make_interrupt().run
    return "/approve", {
        "thread_id": run.thread_id,
        "approved": True,
        "approved_by": "bob",
        "notes": HOLE,
    }


def commenting() -> tuple[str, Any]:
    return f"{V1}/interrupts/{make_interrupt().pk}/comments/", {"body": HOLE}


EDGES: dict[str, Callable[[], tuple[str, Any]]] = {
    "an edit": editing,
    "an answer": responding,
    "a message": rejecting,
    "an edit in bulk": in_bulk,
    "notes": approving,
    "a comment": commenting,
}


def post(path: str, said: Any, text: str, client: Any = None) -> Any:
    whole = json.dumps(said).replace(json.dumps(HOLE), text)
    return (client or bob()).generic("POST", path, whole, content_type="application/json")


def refusal(response: Any) -> tuple[int, str]:
    """Its status and code; those of the item where the whole was taken."""
    said = response.json()
    if response.status_code == 200 and "results" in said:
        said = said["results"][0]
        return said["http_status"], said["code"]
    return response.status_code, said["code"]


@pytest.fixture(autouse=True)
def _short_wait(settings: Any) -> None:
    settings.LANGVEL_APPROVE_WAIT_SECONDS = 0.1


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("what", HOSTILE)
def test_what_cannot_be_kept_is_refused_and_the_question_still_waits(what: str, edge: str) -> None:
    path, said = EDGES[edge]()

    response = post(path, said, HOSTILE[what])

    assert refusal(response) in {
        (400, "malformed"),
        (422, "invalid"),
        (422, "invalid_decision"),
        (413, "too_large"),
    }
    assert not Decision.objects.exists()
    assert Interrupt.objects.get().status == "pending"


@pytest.mark.parametrize("what", STORABLE)
def test_what_is_merely_odd_is_kept_as_it_is(what: str) -> None:
    path, said = responding()

    assert post(path, said, STORABLE[what]).status_code == 200

    kept = Decision.objects.get().decisions[0]["value"]["x"]
    assert json.dumps(kept) == json.dumps(json.loads(STORABLE[what]))
    page = bob().get(f"{V1}/interrupts/{Interrupt.objects.get().pk}/")
    assert page.status_code == 200


@pytest.mark.parametrize("what", HOSTILE)
def test_no_program_asks_with_it(what: str) -> None:
    said = ASK | {"actions": [PAY | {"args": {"amount": 1, "to": HOLE}}]}

    response = post(REQUESTS, said, HOSTILE[what], alice())

    assert response.status_code in (400, 413, 422)
    assert not Interrupt.objects.exists()
