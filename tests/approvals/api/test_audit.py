from __future__ import annotations

from typing import Any

import pytest

from approvals import audit
from approvals.models import AuditEntry
from tests.approvals.api.client import (
    V1,
    alice,
    as_session,
    as_token,
    bob,
    olga,
    pointers,
    queries,
    refused,
)
from tests.factories import make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

AUDIT = f"{V1}/audit/"


def actions(response: Any) -> list[str]:
    """Without the entries about who asks."""
    found = [row["action"] for row in response.json()["results"]]
    return [action for action in found if action not in ("token.created", "sign_in.ok")]


@pytest.fixture
def history() -> AuditEntry:
    question = make_interrupt()
    audit.append(question.run, "run.started", actor=question.requested_by)
    audit.append(make_run(), "run.failed")
    return audit.append(
        question.run,
        "question.decided",
        actor=make_user("bob", "reviewers"),
        interrupt=question,
        verb="approve",
    )


def test_an_auditor_reads_the_history_of_every_run_newest_first(history: AuditEntry) -> None:
    client = as_token(make_user("audrey", "auditors"))

    assert actions(client.get(AUDIT)) == ["question.decided", "run.failed", "run.started"]


def test_an_entry_says_who_did_what_to_which_question(history: AuditEntry) -> None:
    row = olga().get(AUDIT, {"interrupt": history.interrupt_id}).json()["results"][0]

    assert row.pop("at") is not None
    assert row == {
        "id": history.pk,
        "run": history.run_id,
        "seq": 2,
        "interrupt": history.interrupt_id,
        "actor": "bob",
        "action": "question.decided",
        "data": {"verb": "approve"},
        "erased": False,
        "prev_hash": history.prev_hash,
        "hash": history.hash,
    }


@pytest.mark.parametrize("who", [alice, bob])
def test_nobody_else_reads_the_audit(who: Any) -> None:
    assert refused(who().get(AUDIT)) == (403, "forbidden")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"actor": "bob"}, ["question.decided"]),
        ({"actor": "nobody"}, []),
        ({"action": "run.failed"}, ["run.failed"]),
        ({"run": "9" * 30}, []),
        ({"interrupt": "9" * 30}, []),
        ({"until": "2020-01-01T00:00:00Z"}, []),
        ({"since": "2999-01-01"}, []),
        ({"until": "2999-01-01", "action": "run.failed"}, ["run.failed"]),
    ],
)
def test_the_audit_is_narrowed(
    history: AuditEntry, query: dict[str, str], found: list[str]
) -> None:
    assert actions(olga().get(AUDIT, query)) == found


def test_the_audit_is_narrowed_to_a_run(history: AuditEntry) -> None:
    found = actions(olga().get(AUDIT, {"run": history.run_id}))

    assert found == ["question.decided", "run.started"]


def test_the_audit_is_narrowed_to_a_time(history: AuditEntry) -> None:
    client = olga()

    assert actions(client.get(AUDIT, {"since": history.at.isoformat()})) == ["question.decided"]
    assert "question.decided" not in actions(client.get(AUDIT, {"until": history.at.isoformat()}))


def test_what_belongs_to_no_run_is_listed_too() -> None:
    row = olga().get(AUDIT, {"action": "token.created"}).json()["results"][0]

    assert (row["run"], row["data"]["username"]) == (None, "olga")


@pytest.mark.parametrize("name", ["since", "until"])
def test_a_time_that_is_none_is_malformed(name: str) -> None:
    assert pointers(olga().get(AUDIT, {name: "yesterday"})) == [f"/{name}"]


def test_a_run_that_is_no_number_is_malformed() -> None:
    response = olga().get(AUDIT, {"run": "x"})

    assert refused(response) == (400, "malformed")
    assert pointers(response) == ["/run"]


def test_the_audit_is_paged(history: AuditEntry) -> None:
    client = olga()

    first = client.get(AUDIT, {"page_size": 2, "until": "2999-01-01"}).json()

    second = client.get(first["next"])
    assert [row["action"] for row in first["results"]] == ["token.created", "question.decided"]
    assert actions(second) == ["run.failed", "run.started"]


@pytest.mark.parametrize("path", [AUDIT, "timeline"])
def test_history_takes_as_many_queries_for_three_entries_as_for_one(path: str) -> None:
    client = as_session(make_user("olga", "operators"))
    run = make_run()
    path = f"{V1}/runs/{run.pk}/timeline/" if path == "timeline" else path
    audit.append(run, "run.started", actor=make_user("ann"))
    one = queries(client, path)
    for name in ("ben", "cem"):
        audit.append(run, "run.retried", actor=make_user(name))

    three = queries(client, path)

    assert (len(actions(client.get(path))), len(three)) == (3, len(one))
