"""A failed step that quotes what a policy hides: no door, record or message shows it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core import mail
from django.core.management import call_command
from django.test import Client
from langgraph.graph import StateGraph

from approvals import tasks
from approvals.hiding.masking import MASK
from approvals.models import AuditEntry, Interrupt, Run
from langvel.core.review import ask
from tests.approvals.api.client import V1, as_token
from tests.approvals.conftest import answer
from tests.factories import make_user
from tests.graphs import State, _chain

pytestmark = pytest.mark.django_db(transaction=True)

IBAN = "ES9121000418450200051332"


def quotes_its_account() -> StateGraph[Any]:
    """Asks with an account number, then fails and names it."""

    def pay(state: State) -> State:
        decision = ask({"title": "Pay", "action": "pay", "args": {"iban": IBAN, "amount": 5}})
        raise RuntimeError(f"the bank refused {decision.args['iban']}")

    return _chain(pay=pay)


@pytest.fixture
def failed(settings: Any, printed: Any, drive: Callable[..., Run], tmp_path: Any) -> Run:
    from agents import registry
    from approvals.services.agents import publish
    from approvals.services.runs import start_run

    settings.LANGVEL_AUDIT_SINK = str(tmp_path / "seals.ndjson")
    settings.LANGVEL_POLICIES = {"quoting": [{"masked": ["**/iban"]}]}
    settings.LANGVEL_AGENTS = {"quoting": f"{__name__}.quotes_its_account"}
    registry.load.cache_clear()
    publish(registry.load_all())
    alice = make_user("alice", "requesters")
    run = drive(
        start_run(agent_key="quoting", input={"topic": IBAN}, requested_by=alice, via="api")
    )
    answer(Interrupt.objects.get(), decisions=[{"type": "approve"}])
    return drive(run)


def browser(name: str, *groups: str, **fields: Any) -> Client:
    client = Client()
    client.force_login(make_user(name, *groups, **fields))
    return client


def test_the_error_says_all_but_what_is_hidden(failed: Run) -> None:
    assert (failed.status, failed.error["message"]) == ("error", f"the bank refused {MASK}")


def test_no_page_shows_it(failed: Run) -> None:
    question = Interrupt.objects.get()
    for client in (browser("bob", "reviewers"), browser("olga", "operators")):
        for path in (
            f"/runs/{failed.pk}/", f"/runs/{failed.pk}/raw/", f"/runs/{failed.pk}/card/", "/runs/",
            f"/interrupts/{question.pk}/", f"/interrupts/{question.pk}/raw/", "/?status=done",
        ):  # fmt: skip
            response = client.get(path)
            assert response.status_code == 200, path
            assert IBAN not in response.content.decode(), path


def test_no_answer_of_the_api_shows_it(failed: Run) -> None:
    question = Interrupt.objects.get()
    for client in (
        as_token(make_user("bob", "reviewers")),
        as_token(make_user("audrey", "auditors")),
    ):
        for path in (
            f"/runs/{failed.pk}/", "/runs/", f"/runs/{failed.pk}/timeline/",
            f"/interrupts/{question.pk}/", "/interrupts/?status=decided",
        ):  # fmt: skip
            response = client.get(V1 + path)
            assert response.status_code == 200, path
            assert IBAN not in response.content.decode(), path


def test_the_history_does_not_hold_it(failed: Run) -> None:
    assert not [entry.pk for entry in AuditEntry.objects.all() if IBAN in str(entry.data)]


def test_neither_admin_nor_csv_nor_export_show_it(failed: Run) -> None:
    client = browser("audrey", "auditors", is_staff=True)
    entry = AuditEntry.objects.get(action="run.failed")
    for path in (
        f"/admin/approvals/run/{failed.pk}/change/", "/admin/approvals/run/",
        f"/admin/approvals/auditentry/{entry.pk}/change/", "/admin/approvals/auditentry/",
        f"{V1}/audit/",
    ):  # fmt: skip
        response = client.get(path)
        assert response.status_code == 200, path
        assert IBAN not in response.content.decode(), path
    sheet = client.get("/admin/approvals/auditentry/csv/")
    assert IBAN.encode() not in b"".join(sheet.streaming_content)
    call_command("seal_audit")
    archive = client.get(f"{V1}/audit/export/")
    with zipfile.ZipFile(io.BytesIO(b"".join(archive.streaming_content))) as bundle:
        assert not any(IBAN.encode() in bundle.read(name) for name in bundle.namelist())


def test_no_mail_and_no_line_of_the_log_holds_it(
    failed: Run, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    make_user("sue", "supervisors")
    past = "2001-01-01T00:00Z"
    Interrupt.objects.update(status="pending", on_timeout="escalate", sweep_at=past, due_at=past)

    async_to_sync(tasks.sweep_deadlines.func)(0)
    async_to_sync(tasks.tell_of_escalations.func)(0)
    call_command("reconcile", "--check")

    assert len(mail.outbox) == 1
    assert IBAN not in str(mail.outbox[0].message())
    assert IBAN not in caplog.text + capsys.readouterr().out
