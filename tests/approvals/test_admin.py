"""The admin is for looking: everything linked and searchable, nothing editable."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from approvals import audit
from approvals.models import AuditEntry, Decision, Interrupt, Run
from tests.factories import make_decision, make_user

pytestmark = pytest.mark.django_db

LISTS = ["agent", "run", "interrupt", "decision", "auditentry"]


@pytest.fixture
def auditor(client: Client) -> Client:
    client.force_login(make_user("audrey", "auditors", is_staff=True))
    return client


@pytest.fixture
def decision() -> Decision:
    decision = make_decision(reason="checked the invoice")
    question = decision.interrupt
    audit.append(question.run, "question.asked", interrupt=question)
    audit.append(question.run, "question.decided", interrupt=question, actor=decision.actor)
    return decision


@pytest.mark.parametrize("model", LISTS)
def test_an_auditor_reads_every_list(auditor: Client, decision: Decision, model: str) -> None:
    page = auditor.get(f"/admin/approvals/{model}/")

    assert page.status_code == 200
    assert b"1 " in page.content or b"2 " in page.content


@pytest.mark.parametrize("model", [Run, Interrupt, Decision, AuditEntry])
def test_an_auditor_opens_every_row(auditor: Client, decision: Decision, model: Any) -> None:
    row = model.objects.first()

    page = auditor.get(f"/admin/approvals/{model._meta.model_name}/{row.pk}/change/")

    assert page.status_code == 200
    assert b'name="_save"' not in page.content


def test_a_decision_tells_its_whole_story_on_one_page(auditor: Client, decision: Decision) -> None:
    page = auditor.get(f"/admin/approvals/decision/{decision.pk}/change/").content.decode()

    for told in (
        "Pay 100.00",
        "alice",
        "bob",
        "checked the invoice",
        decision.digest,
        "question.decided",
        "interrupted",
    ):
        assert told in page


@pytest.mark.parametrize("model", LISTS)
def test_nobody_adds_changes_or_deletes(client: Client, decision: Decision, model: str) -> None:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))

    assert client.get(f"/admin/approvals/{model}/add/").status_code == 403
    row = {"agent": decision.interrupt.agent_id}.get(model, decision.pk)
    assert client.post(f"/admin/approvals/{model}/{row}/delete/").status_code in (302, 403)
    assert Decision.objects.count() == 1


def test_a_posted_change_is_refused(client: Client, decision: Decision) -> None:
    client.force_login(make_user("root", is_staff=True, is_superuser=True))

    answer = client.post(
        f"/admin/approvals/decision/{decision.pk}/change/", {"verb": "reject", "reason": "forged"}
    )

    decision.refresh_from_db()
    assert answer.status_code == 403
    assert (decision.verb, decision.reason) == ("approve", "checked the invoice")


@pytest.mark.parametrize("group", ["reviewers", "requesters"])
def test_others_do_not_get_in(client: Client, decision: Decision, group: str) -> None:
    client.force_login(make_user("zoe", group, is_staff=True))

    assert client.get("/admin/approvals/decision/").status_code == 403


def test_anonymous_visitors_are_sent_to_sign_in(client: Client, decision: Decision) -> None:
    assert client.get("/admin/approvals/decision/").status_code == 302


@pytest.mark.parametrize("needle", ["bob", "Pay 100", "checked the invoice"])
def test_decisions_are_found_by_person_title_and_reason(
    auditor: Client, decision: Decision, needle: str
) -> None:
    found = auditor.get("/admin/approvals/decision/", {"q": needle})

    assert b"1 decision" in found.content


def test_what_a_reviewer_wrote_is_shown_as_text(auditor: Client) -> None:
    decision = make_decision(reason="<script>alert(1)</script>")

    page = auditor.get(f"/admin/approvals/decision/{decision.pk}/change/").content

    assert b"<script>alert(1)" not in page
    assert b"&lt;script&gt;alert(1)" in page
