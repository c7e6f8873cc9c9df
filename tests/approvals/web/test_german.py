"""Every kind of page, as somebody reads it who chose German."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.models import Run, UserPreferences
from approvals.services.decisions import decide
from tests.catalogue import sentences
from tests.factories import ACTION, QUESTION_ACTION, make_agent, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

SENTENCES = list(sentences())
PLACES = (
    "/", "/?view=mine", "/?status=done", "/?q=no:such risk:x", "/runs/", "/agents/",
    "/agents/payments/", "/agents/payments/start/", "/insights/", "/settings/", "/keys/",
    "/palette/", "/notifications/", "/views/", "/decided/", "/no-such-page/",
)  # fmt: skip


@pytest.fixture
def german(bob):
    UserPreferences.objects.create(user=make_user("bob", "reviewers", "supervisors"), language="de")
    return bob


def english_in(response):
    """Sentences of ours that were left in English, also those only a screen reader says."""
    source = re.sub(r"<(script|style|pre).*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    said = re.findall(r'(?:aria-label|title|placeholder|data-[\w-]+)="([^"]*)"', source)
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", source)).split())
    told = [text, *map(html.unescape, said)]
    return sorted({m[0] for one in SENTENCES for each in told if (m := one.search(each))})


def test_english_that_was_left_is_found(bob):
    make_interrupt()

    assert "New questions appear here by themselves." not in english_in(bob.get("/"))
    assert len(english_in(bob.get("/"))) > 3


@pytest.mark.parametrize("place", PLACES)
def test_no_page_speaks_english(german, place):
    make_interrupt(due_at=timezone.now() + timedelta(hours=1))

    assert english_in(german.get(place)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"actions": [QUESTION_ACTION]},
        {"actions": [ACTION, ACTION | {"name": "tell"}]},
        {"dialect": "breakpoint"},
        {"held_reason": "The agent's code has changed since this was asked."},
        {"status": "superseded", "closed_reason": "It was asked again."},
        {"status": "expired"},
        {"policy": {"flagged": ["/amount"], "reason_required": True, "retype": ["/note"]}},
        {"due_at": timezone.now() + timedelta(hours=1), "on_timeout": "reject"},
        {"due_at": timezone.now() - timedelta(hours=1)},
        {"escalated_at": timezone.now()},
    ],
    ids=lambda fields: "-".join(fields) or "plain",
)
def test_no_question_is_put_in_english(german, fields):
    question = make_interrupt(**fields)

    assert english_in(german.get(f"/interrupts/{question.pk}/")) == []


def test_no_refusal_is_in_english(german):
    question = make_interrupt(policy={"reason_required": True, "flagged": ["/amount"]})
    seen = {"version": question.version, "digest": question.digest, "verb": "approve"}

    refused = german.post(f"/interrupts/{question.pk}/decide/", seen | {"/amount": "x"})
    stale = german.post(f"/interrupts/{question.pk}/decide/", seen | {"version": 9})

    assert (refused.status_code, stale.status_code) == (422, 409)
    assert (english_in(refused), english_in(stale)) == ([], [])


@pytest.mark.parametrize("status", Run.Status.values)
def test_no_run_is_told_in_english(german, status):
    error = {"type": "ThreadGone", "message": "The thread of this run was deleted, so its graph "
             "cannot take an answer any more. A retry starts the run again from its input."}  # fmt: skip
    run = make_run(status=status, error=error if status == "error" else None)
    question = make_interrupt(run=run, status="pending" if status == "interrupted" else "cancelled")

    assert english_in(german.get(f"/runs/{run.pk}/")) == []
    assert english_in(german.get(f"/runs/{run.pk}/history/")) == []
    assert english_in(german.get(f"/interrupts/{question.pk}/")) == []


def test_a_decision_is_told_in_german(german):
    question = make_interrupt()
    decide(
        question.pk, actor=make_user("bob", "reviewers"), version=question.version,
        digest=question.digest, decisions=[{"type": "approve"}], via="page", auth_method="session",
    )  # fmt: skip

    response = german.get(f"/interrupts/{question.pk}/")

    assert "Genehmigt von bob" in response.content.decode()
    assert english_in(response) == []


def test_what_is_data_is_the_same_in_every_language(german, as_user):
    agent = make_agent()
    question = make_interrupt(run=make_run(agent=agent, input={"amount": 1234.5}))
    english = as_user("carol", "reviewers")

    for client in (german, english):
        page = client.get(f"/interrupts/{question.pk}/").content.decode()
        raw = client.get(f"/interrupts/{question.pk}/raw/").content.decode()
        assert 'value="100.0"' in page
        assert '"amount": 100.0' in raw
        assert "1234.5" in client.get(f"/runs/{question.run_id}/").content.decode()
