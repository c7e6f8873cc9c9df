from __future__ import annotations

from datetime import UTC, datetime

import pytest

from approvals.models import Decision, Interrupt, Run
from tests.approvals.web.reading import fields
from tests.factories import ACTION, make_agent, make_interrupt

pytestmark = pytest.mark.django_db

MOMENT = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}


def asked_at_nine():
    interrupt = make_interrupt()
    Interrupt.objects.filter(pk=interrupt.pk).update(
        created_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    )
    return interrupt


@pytest.mark.parametrize(
    ("cookie", "title"),
    [
        ("Asia/Kolkata", "23 Nov 2026, 14:30:00 IST"),
        ("", "23 Nov 2026, 09:00:00 UTC"),
        ("Nowhere/At_All", "23 Nov 2026, 09:00:00 UTC"),
        ("../../../etc/passwd", "23 Nov 2026, 09:00:00 UTC"),
        ("/etc/passwd", "23 Nov 2026, 09:00:00 UTC"),
        ("x" * 5000, "23 Nov 2026, 09:00:00 UTC"),
    ],
)
def test_times_are_those_of_the_reader_s_clock(bob, cookie, title):
    bob.cookies["tz"] = cookie

    page = bob.get(f"/interrupts/{asked_at_nine().pk}/").content.decode()

    assert f'title="{title}"' in page


@pytest.mark.usefixtures("_registered")
def test_a_moment_means_the_clock_its_form_was_shown_in(bob):
    action = ACTION | {"args": {"at": "2026-11-23T09:00:00Z"}, "schema": MOMENT}
    interrupt = make_interrupt(actions=[action])
    bob.cookies["tz"] = "Asia/Kolkata"
    form = fields(bob.get(f"/interrupts/{interrupt.pk}/"))
    bob.cookies["tz"] = "America/Lima"

    bob.post(
        f"/interrupts/{interrupt.pk}/decide/",
        form | {"verb": "approve", "/at": "2026-11-23T15:30"},
    )

    assert form["/at"] == "2026-11-23T14:30"
    assert Decision.objects.get().decisions[0]["args"] == {"at": "2026-11-23T10:00:00Z"}


def test_a_run_starts_with_the_moment_of_the_clock_its_form_was_shown_in(alice):
    make_agent("calendar", input_schema=MOMENT)
    alice.cookies["tz"] = "Asia/Kolkata"
    form = fields(alice.get("/agents/calendar/start/"))
    alice.cookies["tz"] = "America/Lima"

    alice.post("/agents/calendar/start/", form | {"/at": "2026-11-23T14:30"})

    assert Run.objects.get().input == {"at": "2026-11-23T14:30:00+05:30"}
