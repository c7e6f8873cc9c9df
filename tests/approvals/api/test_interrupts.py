from __future__ import annotations

from typing import Any

import pytest

from approvals.models import Interrupt
from tests.approvals.api.client import (
    V1,
    alice,
    as_session,
    bob,
    pointers,
    queries,
    refused,
    stranger,
)
from tests.factories import (
    ACTION,
    make_agent,
    make_decision,
    make_interrupt,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db

INTERRUPTS = f"{V1}/interrupts/"
PAYLOADS = ("request", "actions", "state", "policy", "description")


def ids(response: Any) -> list[int]:
    return [row["id"] for row in response.json()["results"]]


def sams() -> Interrupt:
    return make_interrupt(run=make_run(requested_by=make_user("sam", "requesters")))


def test_a_question_in_full_has_all_that_a_decision_needs() -> None:
    question = make_interrupt(
        summary="to ACME", effect="money leaves", description="An invoice", risk="high"
    )

    said = bob().get(f"{INTERRUPTS}{question.pk}/").json()

    assert said.pop("created_at") == said.pop("updated_at")
    assert said == {
        "id": question.pk,
        "run": question.run_id,
        "agent": "payments",
        "agent_version": "1+test",
        "status": "pending",
        "held_reason": "",
        "closed_reason": "",
        "version": 1,
        "digest": question.digest,
        "dialect": "langvel",
        "node": "gate",
        "title": "Pay 100.00",
        "summary": "to ACME",
        "effect": "money leaves",
        "description": "An invoice",
        "request": {"langvel": 1},
        "state": {"amount": 100.0, "note": "first"},
        "risk": "high",
        "due_at": None,
        "on_timeout": "",
        "escalated_at": None,
        "assignee": None,
        "claimed_by": None,
        "claimed_until": None,
        "snoozed_by": None,
        "snoozed_until": None,
        "requested_by": "alice",
        "policy": {},
        "actions": [ACTION],
        "decision": None,
    }


def test_an_action_that_takes_a_response_says_how() -> None:
    action = ACTION | {"response": "value", "response_schema": {"type": "string"}}
    question = make_interrupt(actions=[action])

    assert bob().get(f"{INTERRUPTS}{question.pk}/").json()["actions"] == [action]


def test_a_decided_question_tells_what_was_decided_by_whom() -> None:
    question = make_interrupt()
    make_decision(question, reason="checked")

    said = alice().get(f"{INTERRUPTS}{question.pk}/").json()

    decision = said["decision"]
    assert said["status"] == "decided"
    assert {name: decision[name] for name in decision if not name.endswith("_at")} == {
        "verb": "approve",
        "decisions": [{"type": "approve"}],
        "patch": [],
        "reason": "checked",
        "reason_code": "",
        "actor": "bob",
        "via": "page",
        "auth_method": "session",
    }


def test_a_question_of_somebody_elses_run_is_not_found() -> None:
    question = make_interrupt()

    assert refused(stranger().get(f"{INTERRUPTS}{question.pk}/")) == (404, "not_found")


@pytest.mark.parametrize("interrupt_id", ["0", "-1", "abc", "9" * 30, "9" * 6000, "%00"])
def test_an_id_that_is_none_is_not_found(interrupt_id: str) -> None:
    assert refused(bob().get(f"{INTERRUPTS}{interrupt_id}/")) == (404, "not_found")


def test_people_see_the_questions_of_their_own_runs() -> None:
    make_interrupt()
    mine = sams()

    assert ids(stranger().get(INTERRUPTS)) == [mine.pk]


def test_what_waits_comes_most_urgent_first() -> None:
    low, critical, medium, medium_too = (
        make_interrupt(risk=risk) for risk in ("low", "critical", "medium", "medium")
    )

    response = bob().get(INTERRUPTS, {"status": "pending"})

    assert ids(response) == [critical.pk, medium.pk, medium_too.pk, low.pk]


def test_what_no_longer_waits_comes_last_touched_first() -> None:
    first, second = make_interrupt(), make_interrupt()
    for question in (second, first):
        Interrupt.objects.filter(pk=question.pk).update(status="applied")
    Interrupt.objects.filter(pk=first.pk).update(updated_at="2100-01-01T00:00Z")

    assert ids(bob().get(INTERRUPTS, {"status": "applied"})) == [first.pk, second.pk]


def test_without_a_status_every_question_comes_newest_first() -> None:
    first, second = make_interrupt(status="applied"), make_interrupt()

    assert ids(bob().get(INTERRUPTS)) == [second.pk, first.pk]


@pytest.mark.parametrize(
    "query",
    [
        {"agent": "other"},
        {"risk": "critical"},
        {"assignee": "bob"},
        {"assignee": "me"},
        {"q": "deLETE"},
        {"q": "the summary"},
        {"status": "stale"},
    ],
)
def test_questions_are_narrowed(query: dict[str, str]) -> None:
    client = bob()
    make_interrupt(assignee=make_user("carol", "reviewers"))
    wanted = make_interrupt(
        run=make_run(agent=make_agent("other")),
        risk="critical",
        assignee=make_user("bob", "reviewers"),
        title="Delete it all",
        summary="This is the summary",
        status="stale",
    )

    assert ids(client.get(INTERRUPTS, query)) == [wanted.pk]


def test_questions_are_narrowed_to_a_run() -> None:
    make_interrupt()
    wanted = make_interrupt()

    assert ids(bob().get(INTERRUPTS, {"run": wanted.run_id})) == [wanted.pk]


@pytest.mark.parametrize("text", ["100%", "_", "\\", "'; DROP TABLE"])
def test_a_search_takes_its_text_as_it_is(text: str) -> None:
    make_interrupt()
    wanted = make_interrupt(title=f"a {text} b")

    assert ids(bob().get(INTERRUPTS, {"q": text})) == [wanted.pk]


@pytest.mark.parametrize(
    ("query", "at"),
    [
        ({"status": "asleep"}, "/status"),
        ({"risk": "some"}, "/risk"),
        ({"run": "abc"}, "/run"),
        ({"run": "-1"}, "/run"),
        ({"q": "\0"}, "/q"),
        ({"agent": "\0"}, "/agent"),
        ({"assignee": "\0"}, "/assignee"),
        ({"page_size": "0"}, "/page_size"),
        ({"page_size": "many"}, "/page_size"),
    ],
)
def test_a_query_that_means_nothing_is_malformed(query: dict[str, str], at: str) -> None:
    response = bob().get(INTERRUPTS, query)

    assert refused(response) == (400, "malformed")
    assert pointers(response) == [at]


@pytest.mark.parametrize("query", [{"run": "9" * 30}, {"agent": "nobody"}, {"assignee": "nobody"}])
def test_a_query_for_what_does_not_exist_finds_nothing(query: dict[str, str]) -> None:
    make_interrupt()

    assert ids(bob().get(INTERRUPTS, query)) == []


def test_a_list_neither_loads_nor_shows_payloads() -> None:
    make_interrupt()
    client = as_session(make_user("bob", "reviewers"))

    sql = " ".join(queries(client, INTERRUPTS))

    assert not [name for name in PAYLOADS[:4] if f'"approvals_interrupt"."{name}"' in sql]
    (row,) = client.get(INTERRUPTS).json()["results"]
    assert not set(PAYLOADS) & set(row)


@pytest.mark.parametrize("path", [INTERRUPTS, "/pending-approvals"])
def test_a_list_takes_as_many_queries_for_three_rows_as_for_one(path: str) -> None:
    client = as_session(make_user("bob", "reviewers"))
    make_interrupt()
    one = queries(client, path)
    for name in ("ann", "ben"):
        person = make_user(name, "requesters")
        make_interrupt(run=make_run(requested_by=person), assignee=person)

    three = queries(client, path)

    assert (len(ids(client.get(path))), len(three)) == (3, len(one))
