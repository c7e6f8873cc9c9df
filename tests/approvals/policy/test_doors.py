"""The table of risks, line by line: every door asks for the care of a tier, and none for less."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from approvals.models import Decision, Interrupt
from approvals.policy import Asking, freeze
from tests.approvals.api.client import V1, as_token
from tests.approvals.web.reading import fields
from tests.factories import ARGS, make_interrupt, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

TIERS = ("low", "medium", "high", "critical")
WINDOWS = {"low": 10, "medium": 15, "high": 30, "critical": 60}
LACKING = {
    "low": [],
    "medium": [],
    "high": ["/reason", "/checked"],
    "critical": ["/reason", "/retyped/~1amount"],
}
CARE = {"reason": "invoice 7", "checked": ["/amount"], "retyped": {"/amount": "100"}}


def asked(risk: str) -> Interrupt:
    """As only its agent calls it; at high risk a policy flags a field, too."""
    pay = [{"name": "pay", "args": ARGS}]
    terms = freeze(Asking(agent_key="asks", node="pay", actions=pay, risk=risk)).as_json()
    flagged = {"flagged": ["/amount"]} if risk == "high" else {}
    return make_interrupt(policy=terms | flagged, risk=risk)


def waits(question: Interrupt) -> bool:
    question.refresh_from_db()
    return question.is_pending and not Decision.objects.exists()


def window() -> float:
    made = Decision.objects.get()
    return round((made.effective_at - made.created_at) / timedelta(seconds=1))


def press(bob: Any, question: Interrupt, page: Any, **said: Any) -> Any:
    return bob.post(f"/interrupts/{question.pk}/decide/", fields(page) | {"verb": "approve"} | said)


@pytest.fixture
def program() -> Any:
    return as_token(make_user("bob", "reviewers"))


@pytest.mark.parametrize(
    ("risk", "status", "stays"),
    [("low", 303, False), ("medium", 200, True), ("high", 422, True), ("critical", 422, True)],
)
def test_one_press_on_the_page(bob: Any, risk: str, status: int, stays: bool) -> None:
    question = asked(risk)

    pressed = press(bob, question, bob.get(f"/interrupts/{question.pk}/"))

    assert (pressed.status_code, waits(question)) == (status, stays)


@pytest.mark.parametrize("risk", TIERS[1:])
def test_with_all_care_the_page_still_wants_the_second_press(bob: Any, risk: str) -> None:
    question = asked(risk)
    said = {"~note": "invoice 7", "~checked": "/amount", "~retyped:/amount": "100"}
    first = press(bob, question, bob.get(f"/interrupts/{question.pk}/"), **said)
    assert (first.status_code, waits(question)) == (200, True)

    second = press(bob, question, first, **said)

    assert (second.status_code, window()) == (303, WINDOWS[risk])


def test_low_risk_has_its_window_too(bob: Any) -> None:
    question = asked("low")

    press(bob, question, bob.get(f"/interrupts/{question.pk}/"))

    assert window() == WINDOWS["low"]


@pytest.mark.parametrize("risk", TIERS)
def test_many_at_once_on_the_page(bob: Any, risk: str) -> None:
    question = asked(risk)
    item = f"{question.pk}:{question.version}:{question.digest}"

    bob.post("/inbox/bulk/do/", {"act": "approve", "item": item, "reason": "all fine"})

    is_fit = risk in TIERS[:2]
    assert waits(question) is not is_fit
    assert not is_fit or window() == WINDOWS[risk]


@pytest.mark.parametrize("risk", TIERS)
def test_many_at_once_in_the_api(program: Any, risk: str) -> None:
    question = asked(risk)
    item = {
        "id": question.pk, "version": 1, "digest": question.digest,
        "decisions": [{"type": "approve"}],
    }  # fmt: skip

    answer = program.post(f"{V1}/interrupts/decide/", {"items": [item], "reason": "all fine"})

    assert answer.json()["results"][0].get("code", "") == (
        "" if risk in TIERS[:2] else "not_in_bulk"
    )
    assert waits(question) is (risk not in TIERS[:2])


@pytest.mark.parametrize("risk", TIERS)
def test_a_bare_decision_in_the_api(program: Any, risk: str) -> None:
    question = asked(risk)
    body = {"version": 1, "digest": question.digest, "decisions": [{"type": "approve"}]}

    answer = program.post(f"{V1}/interrupts/{question.pk}/decide/", body)

    assert [fault["pointer"] for fault in answer.json().get("errors", [])] == LACKING[risk]
    assert waits(question) is bool(LACKING[risk])


@pytest.mark.parametrize("risk", TIERS)
def test_a_careful_decision_in_the_api_has_the_window_it_asks_for(program: Any, risk: str) -> None:
    question = asked(risk)
    body = {"version": 1, "digest": question.digest, "decisions": [{"type": "approve"}]} | CARE

    answer = program.post(f"{V1}/interrupts/{question.pk}/decide/", body | {"undo_seconds": 5})

    assert (answer.status_code, window()) == (200, 5)


@pytest.mark.parametrize("risk", TIERS)
def test_a_bare_approval_at_the_guides_endpoint(program: Any, risk: str) -> None:
    question = asked(risk)

    answer = program.post(f"{V1}/approve", {"thread_id": question.run.thread_id, "approved": True})

    found = [fault["pointer"] for fault in answer.json().get("errors", [])]
    assert found == [one.replace("/reason", "/notes") for one in LACKING[risk]]
    assert waits(question) is bool(LACKING[risk])


@pytest.mark.parametrize("risk", TIERS)
def test_nothing_is_chosen_and_nothing_in_focus_before_somebody_does(bob: Any, risk: str) -> None:
    page = bob.get(f"/interrupts/{asked(risk).pk}/").content.decode()

    assert "autofocus" not in page
    assert 'value="approve" checked' not in page
    assert page.index('value="approve"') < page.index('value="reject"')
