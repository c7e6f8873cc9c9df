"""What people see of a deadline: before it, after it, on pages and by the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from approvals.deadlines import sweep
from approvals.models import Interrupt
from approvals.web.showing.deadlines import clock
from tests.factories import PASSWORD, QUESTION_ACTION, make_interrupt, make_user

pytestmark = pytest.mark.django_db

AT = datetime(2031, 5, 6, 14, 0, tzinfo=UTC)
WHEN = "6 May 2031 14:00"


@pytest.fixture
def client() -> Client:
    return signed_in(make_user("bob", "reviewers"))


def signed_in(user: Any) -> Client:
    client = Client()
    client.login(username=user.username, password=PASSWORD)
    return client


def page(client: Client, question: Interrupt) -> str:
    return " ".join(client.get(f"/interrupts/{question.pk}/").content.decode().split())


def ahead(on_timeout: str = "reject", **fields: Any) -> Interrupt:
    return make_interrupt(on_timeout=on_timeout, **{"due_at": AT, "sweep_at": AT} | fields)


@pytest.mark.parametrize(
    ("on_timeout", "said"),
    [
        ("reject", f"Rejected automatically at {WHEN} if nobody answers."),
        ("escalate", f"Handed to the supervisors at {WHEN} if nobody answers."),
        ("keep", f"Due at {WHEN}. After that it goes on waiting."),
    ],
)
def test_the_page_says_what_happens_at_the_deadline(
    client: Client, on_timeout: str, said: str
) -> None:
    assert said in page(client, ahead(on_timeout))


def test_it_promises_no_rejection_where_there_can_be_none(client: Client) -> None:
    question = ahead(actions=[QUESTION_ACTION], dialect="plain", request="Go on?")

    assert "but it takes no rejection" in page(client, question)
    assert "if it is still held then" in page(client, ahead(held_reason="New code."))


def test_a_request_that_expires_says_so(client: Client) -> None:
    question = ahead("", sweep_at=None, expires_at=AT)

    assert f"Expires at {WHEN} if nobody answers." in page(client, question)


def test_without_a_deadline_nothing_is_said(client: Client) -> None:
    assert 'id="deadline"' not in page(client, make_interrupt())


def test_times_are_those_of_the_readers_clock(client: Client) -> None:
    client.cookies["tz"] = "Asia/Tokyo"

    assert "Rejected automatically at 6 May 2031 23:00" in page(client, ahead())


def test_today_needs_no_date() -> None:
    noon = timezone.localtime().replace(hour=12, minute=0)

    assert clock(noon) == "12:00"


def test_after_it_the_page_says_who_rejected_and_why(client: Client, late: Any) -> None:
    question = late("reject")
    sweep()

    shown = page(client, question)

    at = clock(question.due_at)
    assert f"Rejected by the system: nobody answered by {at}" in shown
    assert "Rejected by the system</span>" in shown


def test_what_goes_on_waiting_is_overdue_in_words(client: Client, late: Any) -> None:
    question = late("keep", minutes=125)
    sweep()

    assert "Overdue by 2 h. It goes on waiting." in page(client, question)
    assert "overdue by 2 h" in client.get("/").content.decode()
    assert "Nobody answered in time</span>" in page(client, question)


def test_what_was_handed_over_says_so_to_all_who_see_it(client: Client, late: Any) -> None:
    question = late("escalate")
    sweep()

    shown = page(client, question)

    assert "Handed to the supervisors at " in shown
    assert "with the supervisors" in client.get("/").content.decode()


def test_a_supervisor_gets_the_buttons_and_a_reviewer_does_not(client: Client, late: Any) -> None:
    question = late("escalate")
    sweep()

    supervisor = signed_in(make_user("sue", "supervisors"))
    assert 'value="approve"' in page(supervisor, question)
    assert 'value="approve"' not in page(client, question)


def test_the_requester_sees_it_and_strangers_do_not(late: Any) -> None:
    question = late("escalate")
    sweep()

    asker = signed_in(make_user("alice", "requesters"))
    stranger = signed_in(make_user("eve", "requesters"))
    assert "Handed to the supervisors" in page(asker, question)
    assert stranger.get(f"/interrupts/{question.pk}/").status_code == 404
    assert Client().get(f"/interrupts/{question.pk}/").status_code == 302


def test_what_could_not_be_applied_needs_attention(client: Client, late: Any) -> None:
    question = late("reject", dialect="langvel")
    Interrupt.objects.update(sweep_error="KeyError: 'x'", sweep_at=timezone.now() + timedelta(1))

    assert "Needs attention: its deadline was " in page(client, question)
    assert "needs attention" in client.get("/").content.decode()


def test_the_inbox_row_says_what_comes_then(client: Client) -> None:
    ahead("reject")

    assert "then rejected" in client.get("/").content.decode()


def test_the_inbox_needs_no_more_queries_for_more_deadlines(
    client: Client, late: Any, django_assert_num_queries: Any
) -> None:
    ahead("reject")
    late("escalate")
    sweep()
    with CaptureQueriesContext(connection) as one_each:
        client.get("/")
    for _ in range(2):
        ahead("reject")
        late("escalate")
    sweep()

    with django_assert_num_queries(len(one_each)):
        client.get("/")


def test_the_api_tells_what_is_due(client: Client, late: Any) -> None:
    question = late("escalate")
    before = client.get(f"/api/v1/interrupts/{question.pk}/").json()
    sweep()

    after = client.get(f"/api/v1/interrupts/{question.pk}/").json()

    assert (before["on_timeout"], before["escalated_at"]) == ("escalate", None)
    assert datetime.fromisoformat(before["due_at"]) == question.due_at
    assert after["escalated_at"] is not None
    listed = client.get("/api/v1/interrupts/?status=pending").json()["results"][0]
    assert listed["escalated_at"] == after["escalated_at"]
