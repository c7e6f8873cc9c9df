from __future__ import annotations

from typing import Any

import pytest
from django.core.management import CommandError, call_command

from approvals import audit
from approvals.audit.erasing import entries_about, erase
from approvals.models import AuditEntry
from tests.approvals.audit.history import verified, write_history
from tests.factories import make_run, make_user

pytestmark = pytest.mark.django_db


def personal() -> list[Any]:
    return list(AuditEntry.objects.order_by("id").values_list("personal", flat=True))


def test_what_is_erased_is_gone_and_the_rest_stays() -> None:
    entry = audit.append(make_run(), "run.cancelled", via="page", reason="Ann is ill")

    erase(AuditEntry.objects.filter(pk=entry.pk), actor=None, reason="asked for")

    entry.refresh_from_db()
    assert (entry.personal, entry.salt, entry.data) == (None, None, {"via": "page"})
    assert entry.is_erased


def test_erasing_is_an_entry_that_names_who_what_and_why() -> None:
    olga, run = make_user("olga", "operators"), make_run()
    ids = [audit.append(run, "run.cancelled", reason=str(number)).pk for number in range(3)]

    erase(AuditEntry.objects.filter(run=run), actor=olga, reason="asked for")

    told = AuditEntry.objects.get(action="audit.erased")
    assert (told.run, told.actor) == (None, olga)
    assert told.data == {"entries": [[ids[0], ids[-1]]], "reason": "asked for"}


def test_erasing_twice_changes_nothing_the_second_time() -> None:
    run = make_run()
    audit.append(run, "run.cancelled", reason="ill")
    erase(AuditEntry.objects.filter(run=run), actor=None, reason="asked for")

    assert erase(AuditEntry.objects.filter(run=run), actor=None, reason="again") == []
    assert AuditEntry.objects.filter(action="audit.erased").count() == 1


def test_everything_about_a_person_is_what_they_did_asked_for_and_signed_in_as() -> None:
    ann, ben = make_user("ann"), make_user("ben")
    about = [
        audit.append(make_run(requested_by=ben), "run.cancelled", actor=ann, reason="1"),
        audit.append(make_run(requested_by=ann), "run.failed", message="2"),
        audit.append(None, "sign_in.failed", username="ann"),
    ]
    audit.append(make_run(requested_by=ben), "run.failed", message="3")
    audit.append(None, "sign_in.failed", username="ben")

    assert set(entries_about(ann)) == set(about)


def test_a_history_without_a_person_still_verifies(settings: Any, sink: Any) -> None:
    write_history(settings, sink)

    call_command("erase_audit_data", user="bob", reason="left the company")

    assert verified(settings).problems == []
    assert not any("decisions" in (found or {}) for found in personal())


def test_entries_are_erased_by_run_and_by_number(capsys: pytest.CaptureFixture[str]) -> None:
    make_user("olga")
    entry = audit.append(make_run(), "run.failed", message="x")
    other = audit.append(make_run(), "run.failed", message="y")

    call_command("erase_audit_data", run=[entry.run_id], reason="asked for", by="olga")
    call_command("erase_audit_data", entry=[other.pk], reason="asked for")

    assert capsys.readouterr().out == "1 entries erased\n1 entries erased\n"
    assert personal()[:2] == [None, None]


def test_an_unknown_person_is_refused_by_name() -> None:
    with pytest.raises(CommandError, match="There is no user 'nobody'"):
        call_command("erase_audit_data", user="nobody", reason="asked for")
