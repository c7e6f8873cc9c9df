"""What leaves an entry besides the runs: who came in, who was refused, who may what."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client

from approvals.models import AuditEntry, Token
from tests.approvals.api.client import V1, as_session, as_token, bob, body, stranger, with_bearer
from tests.factories import (
    PASSWORD,
    make_decision,
    make_history,
    make_interrupt,
    make_run,
    make_user,
)

pytestmark = pytest.mark.django_db

WRONG = "hunter2-hunter2"


def last(action: str) -> AuditEntry:
    return AuditEntry.objects.filter(action=action).latest("id")


def told() -> str:
    """Everything that the history says, as text."""
    return str(list(AuditEntry.objects.values()))


@pytest.fixture
def root(client: Client) -> Client:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))
    return client


def test_a_sign_in_and_a_sign_out_are_entries(client: Client) -> None:
    person = make_user("ann")

    client.post("/login/", {"username": "ann", "password": PASSWORD})
    client.post("/logout/")

    told = AuditEntry.objects.order_by("seq", "pk")
    assert [(entry.action, entry.actor, entry.personal) for entry in told] == [
        ("sign_in.ok", person, {"address": "127.0.0.1"}),
        ("sign_out", person, {"address": "127.0.0.1"}),
    ]


@pytest.mark.parametrize("door", ["/login/", "/admin/login/"])
def test_a_failed_sign_in_is_an_entry_without_the_password(client: Client, door: str) -> None:
    make_user("ann", is_staff=True)

    client.post(door, {"username": "ann", "password": WRONG})

    assert last("sign_in.failed").data == {
        "status": "known", "address": "127.0.0.1", "username": "ann",
    }  # fmt: skip
    assert WRONG not in told()


def test_a_password_typed_for_a_name_is_not_kept(client: Client) -> None:
    client.post("/login/", {"username": WRONG, "password": "x"})

    assert last("sign_in.failed").facts == {"status": "unknown"}
    assert WRONG not in told()


def test_a_name_that_postgresql_cannot_hold_is_no_fault(client: Client) -> None:
    assert client.post("/login/", {"username": "a\0b", "password": "x"}).status_code == 200


def test_deciding_without_the_right_is_an_entry_about_the_question() -> None:
    question = make_interrupt()
    ann = make_user("alice", "requesters")

    as_session(ann).post(f"{V1}/interrupts/{question.pk}/decide/", body(question))

    entry = last("access.denied")
    assert (entry.run, entry.actor, entry.interrupt) == (None, ann, question)
    assert entry.data == {
        "status": 403,
        "code": "own_request",
        "method": "POST",
        "route": "api/v1/interrupts/<int:interrupt_id>/decide/",
        "path": f"/api/v1/interrupts/{question.pk}/decide/",
        "address": "127.0.0.1",
    }


def test_acting_on_what_is_not_theirs_to_know_is_an_entry() -> None:
    question = make_interrupt()

    stranger().post(f"{V1}/interrupts/{question.pk}/decide/", body(question))

    entry = last("access.denied")
    assert (entry.facts["status"], entry.interrupt) == (404, question)


def test_each_refused_item_of_many_is_an_entry() -> None:
    mine, free = make_interrupt(run=make_run(requested_by=make_user("bob"))), make_interrupt()
    items = [{"id": row.pk} | body(row) for row in (mine, free)]

    bob().post(f"{V1}/interrupts/decide/", {"items": items})

    denied = AuditEntry.objects.get(action="access.denied")
    assert (denied.interrupt, denied.facts["code"]) == (mine, "own_request")


def test_a_page_that_refuses_is_an_entry() -> None:
    question = make_interrupt()
    client = Client()
    client.force_login(make_user("alice", "requesters"))

    client.post(f"/interrupts/{question.pk}/decide/", {"verb": "approve", "version": "1"})

    assert last("access.denied").interrupt == question


def test_the_admin_that_refuses_is_an_entry(client: Client) -> None:
    client.force_login(make_user("zoe", "reviewers", is_staff=True))

    client.get("/admin/approvals/auditentry/")

    assert last("access.denied").facts["route"].endswith("auditentry/")


def test_a_token_that_is_no_good_is_an_entry_without_it() -> None:
    with_bearer("lv_secret-of-somebody").get(f"{V1}/runs/")

    assert (last("access.denied").facts["status"], last("access.denied").actor) == (401, None)
    assert "secret-of-somebody" not in told()


@pytest.mark.parametrize("path", ["/", "/api/v1/runs/", "/nothing/"])
def test_nobody_in_particular_who_comes_by_leaves_no_entry(client: Client, path: str) -> None:
    client.get(path)

    assert not AuditEntry.objects.exists()


def test_a_mistyped_address_leaves_no_entry() -> None:
    client = as_session(make_user("ann", "requesters"))

    client.get(f"{V1}/runs/99/")
    client.get("/nothing/")

    assert not AuditEntry.objects.filter(action="access.denied").exists()


def test_a_new_token_is_an_entry_without_the_token(capsys: pytest.CaptureFixture[str]) -> None:
    make_user("ann")

    call_command("create_token", "ann", scope=["runs:read"], name="laptop")

    token = Token.objects.get()
    assert last("token.created").data == {
        "token": token.pk, "scopes": ["runs:read"], "name": "laptop", "username": "ann",
    }  # fmt: skip
    assert capsys.readouterr().out.splitlines()[-1] not in told()
    assert token.digest not in told()


def test_a_revoked_token_is_an_entry_that_says_by_whom(root: Client) -> None:
    as_token(make_user("ann"))
    token = Token.objects.get()

    root.post(f"/admin/approvals/token/{token.pk}/delete/", {"post": "yes"})

    entry = last("token.revoked")
    assert (entry.facts, entry.actor) == ({"token": token.pk}, make_user("root"))


def test_rights_given_by_the_admin_are_entries(root: Client) -> None:
    ann = make_user("ann")
    reviewers = Group.objects.get(name="reviewers")
    form = {
        "username": "ann", "is_staff": "on", "groups": [reviewers.pk],
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
    }  # fmt: skip

    root.post(f"/admin/auth/user/{ann.pk}/change/", form)

    said = [
        entry.data for entry in AuditEntry.objects.filter(action="access.changed").order_by("id")
    ]
    subject = {"model": "user", "row": ann.pk, "named": "ann"}
    assert said == [
        subject | {"type": "account", "what": ["is_active", "is_staff"]},
        subject | {"type": "added", "what": ["reviewers"]},
    ]
    assert last("access.changed").actor == make_user("root")


def test_a_changed_password_is_an_entry_without_it(root: Client) -> None:
    ann = make_user("ann")

    root.post(
        f"/admin/auth/user/{ann.pk}/password/",
        {"password1": "New-password-9", "password2": "New-password-9", "usable_password": "true"},
    )

    ann.refresh_from_db()
    assert last("access.changed").personal == {"named": "ann", "what": ["password"]}
    assert "New-password-9" not in told()
    assert ann.password not in told()


@pytest.mark.parametrize("model", ["run", "interrupt", "decision"])
def test_looking_at_raw_state_is_an_entry(client: Client, model: str) -> None:
    decision = make_decision()
    rows: dict[str, Any] = {"decision": decision, "interrupt": decision.interrupt}
    row = rows.get(model, decision.interrupt.run)
    audrey = make_user("audrey", "auditors", is_staff=True)
    client.force_login(audrey)

    client.get(f"/admin/approvals/{model}/{row.pk}/change/")

    entry = last("state.viewed")
    assert (entry.actor, entry.facts) == (audrey, {"model": model, "row": str(row.pk)})


def test_looking_for_state_that_is_not_there_is_none(client: Client) -> None:
    client.force_login(make_user("audrey", "auditors", is_staff=True))

    client.get("/admin/approvals/run/99/change/")

    assert not AuditEntry.objects.filter(action="state.viewed").exists()


def test_who_may_not_look_at_state_has_seen_none(client: Client) -> None:
    client.force_login(make_user("zoe", "reviewers", is_staff=True))

    client.get(f"/admin/approvals/run/{make_run().pk}/change/")

    assert not AuditEntry.objects.filter(action="state.viewed").exists()


@pytest.mark.parametrize("model", ["run", "interrupt", "checkpoint"])
def test_raw_data_taken_from_a_page_is_an_entry(client: Client, model: str) -> None:
    question = make_interrupt()
    run, moment = question.run, make_history(question.run)[1]
    rows = {
        "run": (f"/runs/{run.pk}/raw/", str(run.pk)),
        "interrupt": (f"/interrupts/{question.pk}/raw/", str(question.pk)),
        "checkpoint": (
            f"/runs/{run.pk}/history/{moment.checkpoint_id}/raw/",
            f"{run.pk}/{moment.checkpoint_id}",
        ),
    }
    path, row = rows[model]
    bob = make_user("bob", "reviewers")
    client.force_login(bob)

    assert client.get(path).status_code == 200

    entry = last("state.viewed")
    assert (entry.actor, entry.facts) == (bob, {"model": model, "row": row})


@pytest.mark.parametrize("place", ["runs", "interrupts"])
def test_who_may_not_take_raw_data_leaves_no_such_entry(client: Client, place: str) -> None:
    question = make_interrupt()
    client.force_login(make_user("sam", "requesters"))

    client.get(f"/{place}/{question.run_id if place == 'runs' else question.pk}/raw/")

    assert not AuditEntry.objects.filter(action="state.viewed").exists()
