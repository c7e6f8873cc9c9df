"""Where the queue is heading, and the slots that time is cut into."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from approvals.insights.forecast import forecast
from approvals.insights.spans import span_named
from approvals.web.insights.pages import heading

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def ahead(*, waiting, asked, decided):
    """With so many asked and decided in each of the last four hours."""
    span = span_named("24h", now=NOW)
    slots = [0] * 19
    return forecast(
        span, waiting=waiting, asked=[*slots, *[asked] * 4, 0],
        decided=[*slots, *[decided] * 4, 0], now=NOW,
    )  # fmt: skip


def test_a_queue_that_shrinks_says_when_it_is_empty():
    assert ahead(waiting=12, asked=2, decided=6).empty_in == timedelta(hours=3)


def test_hours_before_anything_happened_do_not_slow_the_pace():
    assert ahead(waiting=1, asked=2, decided=6).asked_per_hour == 2.0


@pytest.mark.parametrize(
    ("waiting", "asked", "decided", "sentence"),
    [
        (0, 5, 0, "Nothing waits."),
        (12, 2, 6, "At this pace the queue is empty in about 3 h."),
        (12, 6, 2, "The queue grows by about 4.0 an hour."),
        (12, 3, 3, "The queue keeps its length."),
        (12, 0, 0, "The queue keeps its length."),
    ],
)
def test_the_forecast_is_a_sentence(waiting, asked, decided, sentence):
    found = ahead(waiting=waiting, asked=asked, decided=decided)

    assert heading(found, is_all=True) == sentence


def test_a_queue_too_long_to_count_is_given_no_end():
    found = ahead(waiting=10_001, asked=2, decided=6)

    assert heading(found, is_all=False) == "The queue shrinks by about 4.0 an hour."


@pytest.mark.parametrize(
    ("key", "first", "until"),
    [
        ("24h", "2026-11-22T14:00+01:00", "2026-11-23T14:00+01:00"),
        ("7d", "2026-11-16T18:00+01:00", "2026-11-23T18:00+01:00"),
        ("30d", "2026-10-25T00:00+02:00", "2026-11-24T00:00+01:00"),
    ],
)
def test_slots_begin_at_full_hours_of_the_readers_clock(key, first, until):
    with timezone.override(ZoneInfo("Europe/Madrid")):
        span = span_named(key, now=NOW)

    assert span.until == datetime.fromisoformat(until)
    assert span.starts()[0].isoformat(timespec="minutes") == first
    assert len(span.starts()) == span.slots
