"""The admin is for looking: everything linked and searchable, nothing editable."""

from __future__ import annotations

import csv
import html
from typing import Any

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from approvals import audit
from approvals.admin.readonly import pretty
from approvals.audit import seals
from approvals.models import AuditEntry, AuditSeal, Decision, Interrupt, Run, UserPreferences
from tests.catalogue import entries
from tests.factories import make_decision, make_user

pytestmark = pytest.mark.django_db

LISTS = ["agent", "run", "interrupt", "decision", "auditentry", "auditseal"]


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
    seals.seal()
    return decision


@pytest.mark.parametrize("model", LISTS)
def test_an_auditor_reads_every_list(auditor: Client, decision: Decision, model: str) -> None:
    page = auditor.get(f"/admin/approvals/{model}/")

    assert page.status_code == 200
    assert b'class="field-' in page.content


@pytest.mark.parametrize("model", [Run, Interrupt, Decision, AuditEntry, AuditSeal])
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
        "Interrupted",
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


def test_json_of_an_agent_is_shown_as_text() -> None:
    shown = pretty({"note": "<script>alert(1)</script>"})

    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown


def test_what_a_reviewer_wrote_is_shown_as_text(auditor: Client) -> None:
    decision = make_decision(reason="<script>alert(1)</script>")

    page = auditor.get(f"/admin/approvals/decision/{decision.pk}/change/").content

    assert b"<script>alert(1)" not in page
    assert b"&lt;script&gt;alert(1)" in page


AUDIT = "/admin/approvals/auditentry/"
CSV = f"{AUDIT}csv/"


def sheet(client: Client, **query: Any) -> list[dict[str, str]]:
    response = client.get(CSV, query)
    assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
    return list(csv.DictReader(response.getvalue().decode().splitlines()))


def test_the_history_is_downloaded_as_csv_newest_first(auditor: Client, decision: Decision) -> None:
    rows = sheet(auditor)

    assert [row["action"] for row in rows if row["run"]] == ["question.decided", "question.asked"]
    assert rows[0]["action"] == "audit.exported"
    decided = AuditEntry.objects.get(action="question.decided")
    row = next(row for row in rows if row["action"] == "question.decided")
    assert row | {"at": ""} == {
        "id": str(decided.pk),
        "at": "",
        "action": "question.decided",
        "actor": "bob",
        "run": str(decided.run_id),
        "place": "2",
        "question": str(decided.interrupt_id),
        "data": "{}",
        "erased": "",
        "hash": decided.hash,
    }


def test_the_download_has_what_the_list_shows_and_is_an_entry(
    auditor: Client, decision: Decision
) -> None:
    rows = sheet(auditor, action="question.asked")

    assert [row["action"] for row in rows] == ["question.asked"]
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor) == ("audit.exported", make_user("audrey", "auditors"))
    assert entry.data["filters"] == {"action": "question.asked"}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", " =", "＝"])  # noqa: RUF001
def test_no_cell_of_the_download_is_a_formula(auditor: Client, begin: str) -> None:
    audit.append(None, f"{begin}cmd|calc")

    row = next(row for row in sheet(auditor) if "cmd|calc" in row["action"])

    assert row["action"] == f"'{begin}cmd|calc"


def test_a_filter_that_is_none_is_refused_politely(auditor: Client) -> None:
    assert auditor.get(CSV, {"at__gte": "nonsense"}).status_code == 400


@pytest.mark.parametrize("path", [AUDIT, CSV, "/admin/approvals/auditseal/"])
@pytest.mark.parametrize("group", ["reviewers", "requesters", "supervisors"])
def test_others_read_no_history(client: Client, path: str, group: str) -> None:
    client.force_login(make_user("zoe", group, is_staff=True))

    assert client.get(path).status_code == 403
    assert not AuditEntry.objects.filter(action="audit.exported").exists()


@pytest.mark.parametrize("path", [AUDIT, CSV, "/admin/approvals/auditseal/"])
def test_anonymous_visitors_read_no_history(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/admin/login/")


def test_the_list_says_how_the_history_stands(auditor: Client, decision: Decision) -> None:
    assert "Never checked" in auditor.get(AUDIT).content.decode()

    # The decision of this test has no entry that fits it.
    with pytest.raises(CommandError):
        call_command("verify_audit", sink="")

    page = " ".join(auditor.get(AUDIT).content.decode().split())
    assert "1 problem. Run manage.py verify_audit" in page
    assert f"/admin/approvals/auditseal/{AuditSeal.objects.get().pk}/change/" in page
    assert "1 entry waits for the next one" in page


def test_the_list_says_that_the_history_was_whole(auditor: Client) -> None:
    call_command("verify_audit", sink="")

    page = auditor.get(AUDIT).content.decode()

    assert "the history was whole" in page
    assert "Never sealed" in page


@pytest.mark.parametrize(
    ("needle", "found"),
    [("bob", 1), ("Pay 100", 2), ("nothing", 0), ("alice", 0)],
)
def test_entries_are_found_by_person_and_question(
    auditor: Client, decision: Decision, needle: str, found: int
) -> None:
    page = auditor.get(AUDIT, {"q": needle}).content.decode()

    assert page.count('class="field-what') == found


def test_entries_of_a_run_are_found_by_its_number_and_by_a_hash(
    auditor: Client, decision: Decision
) -> None:
    entry = AuditEntry.objects.get(action="question.decided")

    by_run = auditor.get(AUDIT, {"q": entry.run_id}).content.decode()
    by_hash = auditor.get(AUDIT, {"q": entry.hash}).content.decode()

    assert by_run.count('class="field-what') == 2
    assert by_hash.count('class="field-what') == 1


def test_the_history_of_the_site_is_told_from_that_of_runs(
    auditor: Client, decision: Decision
) -> None:
    page = auditor.get(AUDIT, {"run__isempty": "1"}).content.decode()

    assert page.count('class="field-what') == AuditEntry.objects.filter(run=None).count()


@pytest.mark.parametrize("path", [AUDIT, CSV, "/admin/approvals/auditseal/"])
def test_the_history_takes_as_many_queries_for_three_entries_as_for_one(
    auditor: Client, path: str
) -> None:
    def write(name: str) -> None:
        decision = make_decision(actor=make_user(name))
        question = decision.interrupt
        audit.append(question.run, "question.decided", interrupt=question, actor=decision.actor)
        seals.seal()

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            response = auditor.get(path)
            assert response.status_code == 200
            b"".join(response) if response.streaming else response.content
        return len(captured)

    write("ann")
    queries()
    one = queries()
    for name in ("ben", "cem"):
        write(name)

    assert queries() == one


def test_the_admin_names_the_zone_of_its_times(auditor):
    page = auditor.get("/admin/").content.decode()

    assert "Times are in UTC." in page


@pytest.fixture
def german(client: Client) -> Client:
    person = make_user("root", is_staff=True, is_superuser=True)
    UserPreferences.objects.create(user=person, language="de")
    client.force_login(person)
    return client


def test_the_admin_is_the_sites_own(auditor: Client) -> None:
    page = auditor.get("/admin/").content.decode()

    assert "Audit and administration" in page
    assert "Langvel Approvals" in page
    assert "Django" not in page


@pytest.mark.parametrize("address", ["/admin/auth/user/add/", "/admin/auth/group/add/"])
def test_rights_are_named_in_ones_language(german: Client, address: str) -> None:
    if "user" in address:
        address = f"/admin/auth/user/{make_user('bob').pk}/change/"

    page = html.unescape(german.get(address).content.decode())

    assert "Freigaben | Frage | Darf über Fragen entscheiden" in page
    assert "Freigaben | Lauf | Darf Lauf ansehen" in page
    assert " | Can " not in page


def test_rights_that_are_ticked_are_kept(german: Client) -> None:
    right = Permission.objects.get(codename="decide_interrupt")

    german.post("/admin/auth/group/add/", {"name": "night shift", "permissions": [right.pk]})

    assert list(Group.objects.get(name="night shift").permissions.all()) == [right]


@pytest.mark.parametrize("group", ["auditors", "reviewers"])
def test_only_who_may_manages_people(client: Client, group: str) -> None:
    client.force_login(make_user("zoe", group, is_staff=True))

    assert client.get("/admin/auth/user/").status_code == 403
    client.logout()
    assert client.get("/admin/auth/user/").status_code == 302


def test_every_name_the_admin_shows_has_its_german() -> None:
    shown = {
        str(model._meta.get_field(name).verbose_name)
        for model, options in site._registry.items()
        if model._meta.app_label == "approvals"
        for name in {*options.list_display, *(flatten_fieldsets(options.get_fieldsets(None)))}
        if name in {field.name for field in model._meta.fields}
    }
    said = {entry.said[0]: entry.translated for entry in entries() if not entry.context}

    assert {name for name in shown if not said.get(name)} == {"ID"}


@pytest.mark.parametrize("model", ["run", "interrupt", "decision", "auditentry", "auditseal"])
def test_a_rows_page_says_in_german_what_it_is(
    german: Client, decision: Decision, model: str
) -> None:
    row = apps.get_model("approvals", model).objects.latest("pk")

    page = german.get(f"/admin/approvals/{model}/{row.pk}/change/").content.decode()

    for english in ("approved by", " of run ", "seal 1", "Run 1 of", "the system", ">Medium<"):
        assert english not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [({"verb": "approve"}, 1), ({"verb": "reject"}, 0), ({"auth_method": "session"}, 1),
     ({"auth_method": "token"}, 0)],
)  # fmt: skip
def test_decisions_are_filtered_by_what_was_decided_and_by_which_proof(
    auditor: Client, decision: Decision, query: dict[str, str], found: int
) -> None:
    page = auditor.get("/admin/approvals/decision/", query).content.decode()

    assert page.count('class="field-decided') == found
    assert "approved with changes" in page


def test_decisions_are_filtered_by_the_named_reason_that_was_given(
    auditor: Client, decision: Decision
) -> None:
    named = make_decision(reason_code="wrong amount", actor=make_user("rita", "reviewers"))

    page = auditor.get("/admin/approvals/decision/", {"reason_code": "wrong amount"})

    assert list(page.context["cl"].queryset) == [named]
    assert "wrong amount" in auditor.get(f"/admin/approvals/decision/{named.pk}/change/").text


def test_reasons_of_single_actions_are_offered_and_found_too(
    auditor: Client, decision: Decision
) -> None:
    said = [{"type": "approve"}, {"type": "reject", "reason_code": "too late"}]
    named = make_decision(verb="mixed", decisions=said, actor=make_user("rita", "reviewers"))

    assert "?reason_code=too+late" in auditor.get("/admin/approvals/decision/").text
    page = auditor.get("/admin/approvals/decision/", {"reason_code": "too late"})
    assert list(page.context["cl"].queryset) == [named]


def test_where_no_reason_is_named_no_filter_offers_any(auditor: Client, decision: Decision) -> None:
    assert "?reason_code=" not in auditor.get("/admin/approvals/decision/").text


def test_one_entry_that_waits_is_one(auditor: Client) -> None:
    seals.seal()
    audit.append(None, "sign_in.ok")

    page = " ".join(auditor.get(AUDIT).content.decode().split())

    assert "1 entry waits for the next one" in page


def test_the_list_tells_moments_to_the_second(auditor: Client) -> None:
    audit.append(None, "sign_in.ok")

    page = auditor.get(AUDIT).content.decode()

    assert f"{AuditEntry.objects.latest('id').at:%Y-%m-%d %H:%M:%S}" in page
