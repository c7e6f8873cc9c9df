"""Supervisors are told by mail what was handed to them: all of them, once."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import psycopg
import pytest
from asgiref.sync import async_to_sync
from croniter import croniter
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone
from procrastinate.contrib.django import app

from approvals import tasks
from approvals.channel_layer import PG_CHANNEL
from approvals.database import conninfo
from approvals.deadlines import sweep
from approvals.models import Escalation, Interrupt, UserPreferences
from approvals.telling import ANSWERED, NOBODY, tell_supervisors
from tests.factories import make_user

pytestmark = pytest.mark.django_db


class Unreachable:
    """A mail server that is away."""

    def __init__(self, **options: Any) -> None: ...

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("nobody listens there")


AWAY = f"{__name__}.Unreachable"


@pytest.fixture
def sue(db: None) -> Any:
    return make_user("sue", "supervisors")


def test_all_active_supervisors_are_told_and_nobody_else(sue: Any, late: Any) -> None:
    make_user("sam", "supervisors")
    make_user("gone", "supervisors", is_active=False)
    make_user("bob", "reviewers")
    late("escalate")
    sweep()

    assert tell_supervisors() == 1

    assert [sorted(one.bcc) for one in mail.outbox] == [["sam@example.com", "sue@example.com"]]
    assert mail.outbox[0].to == []


def test_the_mail_says_what_waits_why_and_where(sue: Any, late: Any, settings: Any) -> None:
    question = late("escalate", title="Pay 100.00\nBcc: eve@example.com")
    sweep()

    tell_supervisors()

    assert mail.outbox[0].subject == "A question waits for you: nobody answered in time"
    said = Escalation.objects.get().reason
    address = f"{settings.PUBLIC_URL.geturl()}/interrupts/{question.pk}/"
    assert mail.outbox[0].body == (
        "As a supervisor you may decide what nobody decided in time.\n\n"
        f"Pay 100.00 Bcc: eve@example.com (Payments)\n{said}\n{address}\n"
    )


def test_each_is_told_in_the_language_they_chose(sue: Any, late: Any) -> None:
    anna = make_user("anna", "supervisors")
    UserPreferences.objects.create(user=anna, language="de")
    UserPreferences.objects.create(user=make_user("tom", "supervisors"), language="tlh")
    for _ in range(2):
        late("escalate")
    sweep()

    assert tell_supervisors() == 2

    english, german = sorted(mail.outbox, key=lambda one: len(one.bcc), reverse=True)
    assert (sorted(english.bcc), german.bcc) == (
        ["sue@example.com", "tom@example.com"],
        ["anna@example.com"],
    )
    assert german.subject == "2 Fragen warten auf Sie: niemand hat rechtzeitig geantwortet"
    assert "Als Aufsicht dürfen Sie entscheiden" in german.body
    assert "UTC hat niemand geantwortet." in german.body
    assert "Nobody answered by" in english.body
    assert {one.reason.split(" by ")[0] for one in Escalation.objects.all()} == {"Nobody answered"}


def test_the_mail_keeps_to_itself_what_is_to_be_said_first(sue: Any, late: Any) -> None:
    late("escalate", title="Pay 100.00 now", policy={"risk": "critical", "retype": ["/amount"]})
    sweep()

    tell_supervisors()

    assert "Pay (not shown yet) now" in mail.outbox[0].body


def test_many_questions_make_one_mail(sue: Any, late: Any) -> None:
    for _ in range(3):
        late("escalate")
    sweep()

    assert tell_supervisors() == 3
    assert [one.subject for one in mail.outbox] == [
        "3 questions wait for you: nobody answered in time"
    ]


def test_they_are_told_once(sue: Any, late: Any) -> None:
    late("escalate")
    sweep()
    tell_supervisors()

    sweep()

    assert tell_supervisors() == 0
    assert len(mail.outbox) == 1
    assert Escalation.objects.get().told_at is not None


@pytest.mark.parametrize("on_timeout", ["reject", "keep"])
def test_of_what_was_not_escalated_nobody_is_told(sue: Any, late: Any, on_timeout: str) -> None:
    late(on_timeout)
    sweep()

    assert tell_supervisors() == 0
    assert mail.outbox == []


def test_a_server_that_is_away_is_tried_again_but_not_at_once(
    sue: Any, late: Any, settings: Any
) -> None:
    late("escalate")
    sweep()
    there, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, AWAY

    assert tell_supervisors() == 0

    settings.EMAIL_BACKEND = there
    assert tell_supervisors() == 0
    assert Escalation.objects.get().problem == "nobody listens there"
    Escalation.objects.update(try_at=timezone.now())
    assert tell_supervisors() == 1
    assert Escalation.objects.get().problem == ""


def test_what_was_answered_meanwhile_needs_no_mail(sue: Any, late: Any) -> None:
    late("escalate")
    sweep()
    Interrupt.objects.update(status="decided")

    assert tell_supervisors() == 0
    assert (mail.outbox, Escalation.objects.get().problem) == ([], ANSWERED)


def test_without_a_supervisor_the_question_stays_in_the_queue(late: Any) -> None:
    make_user("sue", "supervisors", is_active=False)
    late("escalate")
    sweep()

    assert tell_supervisors() == 0
    assert Escalation.objects.get().problem == NOBODY


# The command and the jobs


def test_the_command_says_what_it_did(sue: Any, late: Any) -> None:
    rejected, escalated = late("reject", minutes=5), late("escalate")
    out = StringIO()

    call_command("sweep", stdout=out)

    why = f"Nobody answered by {rejected.due_at:%Y-%m-%d %H:%M} UTC."
    assert out.getvalue().splitlines()[0] == f"question {rejected.pk} rejected: {why}"
    assert out.getvalue().splitlines()[1].startswith(f"question {escalated.pk} escalated: ")
    assert out.getvalue().splitlines()[2:] == [
        "1 rejected, 1 escalated, 0 kept",
        "supervisors told of 1",
    ]


def test_the_command_fails_when_a_deadline_could_not_be_applied(late: Any) -> None:
    late("reject", dialect="unheard-of")

    with pytest.raises(CommandError, match="1 deadlines could not be applied"):
        call_command("sweep", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_workers_do_both(sue: Any, late: Any) -> None:
    late("escalate")

    async_to_sync(tasks.sweep_deadlines.func)(0)
    async_to_sync(tasks.tell_of_escalations.func)(0)

    assert len(mail.outbox) == 1


@pytest.mark.parametrize("name", ["approvals.sweep", "approvals.tell_supervisors"])
def test_no_more_than_five_seconds_pass_without_a_sweep(name: str) -> None:
    periodic = app.periodic_registry.periodic_tasks[name, ""]
    ticks = croniter(periodic.cron, start_time=0)

    assert [ticks.get_next() for _ in range(13)] == [5.0 * tick for tick in range(1, 14)]


@pytest.mark.django_db(transaction=True)
def test_open_pages_are_told_of_what_happened(late: Any) -> None:
    questions = {late(kind).pk: kind for kind in ("reject", "escalate", "keep")}
    with psycopg.connect(conninfo(), autocommit=True) as listener:
        listener.execute(f"LISTEN {PG_CHANNEL}")

        sweep()

        heard = [json.loads(one.payload) for one in listener.notifies(timeout=10, stop_after=3)]
    frames = [one["m"]["frame"] for one in heard]
    events = {"reject": "item.decided", "escalate": "item.updated", "keep": "item.updated"}
    assert {one["id"]: one["type"] for one in frames} == {
        pk: events[kind] for pk, kind in questions.items()
    }
