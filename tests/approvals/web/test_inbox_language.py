from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from approvals.models import Interrupt
from approvals.web import paging
from approvals.web.inbox.language import Wanted
from tests.approvals.web.reading import shown, words
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


def found(client, q, **query):
    return {pk for pk, _ in shown(client.get("/", {"q": q} | query))}


@pytest.fixture
def question(bob):
    """One that every filter below finds, beside one that none does."""
    make_interrupt(title="Refund", assignee=make_user("zoe", "reviewers"), risk="medium")
    return make_interrupt(
        run=make_run(agent=make_agent("mails", title="Mail desk")),
        title="Wipe data",
        summary="of a new tenant in Košice",
        risk="high",
        node="drop",
        assignee=make_user("bob", "reviewers"),
        due_at=timezone.now() - timedelta(minutes=1),
        claimed_by=make_user("carol"),
        claimed_until=timezone.now() + timedelta(minutes=3),
        held_reason="The code has changed.",
        escalated_at=timezone.now(),
    ).pk


@pytest.mark.parametrize(
    "q",
    [
        "agent:mails", "agent:MAILS", 'agent:"mail desk"', "-agent:payments", "risk:high",
        "risk:critical,high", "RISK:High", "assignee:me", "assignee:bob", "-assignee:zoe",
        "is:overdue", "is:mine", "is:claimed", "is:held", "is:escalated", "-is:unassigned is:mine",
        "node:drop", "status:pending risk:high", "wipe", "WIPE tenant", "wip", '"new tenant"',
        "wipe -refund", "wipe agent:mails risk:high is:overdue", "košice", "Wipe of a tena",
    ],
)  # fmt: skip
def test_a_filter_finds_what_it_names_and_nothing_else(bob, question, q):
    assert found(bob, q) == {question}


@pytest.mark.parametrize(
    "q", ["risk:low", "assignee:none", '"tenant new"', "ipe", "is:snoozed", "wipe -data"]
)
def test_a_filter_that_nothing_fits_finds_nothing(bob, question, q):
    assert found(bob, q) == set()


@pytest.mark.parametrize(
    ("q", "said"),
    [
        ("agent:nobody", "No agent is called “nobody”."),
        ("risk:huge", "“huge” is not a risk: low, medium, high or critical."),
        ("is:late", "“is:late” is not known: overdue"),
        ("status:open", "“open” is not a status"),
        ("colour:red", "“colour:” is not a filter."),
        ("agent:", "“agent:” needs a value, as in agent:orders."),
        ('"half', "A quotation mark is missing its partner."),
        ("!?", "“!?” has no word to search for."),
        ("risk:high,", "“” is not a risk"),
    ],
)
def test_what_cannot_be_understood_is_said_and_hides_nothing(bob, q, said):
    question = make_interrupt(title="half a question")

    page = bob.get("/", {"q": q})

    assert said in words(page)
    assert shown(page) == [(question.pk, "pending")]


def test_a_bad_term_leaves_the_good_ones_in_force(bob, question):
    assert found(bob, "risk:high colour:red wipe") == {question}


def test_snoozed_questions_can_be_asked_for_anywhere(bob):
    asleep = make_interrupt(snoozed_until=timezone.now() + timedelta(hours=1))
    make_interrupt()

    assert found(bob, "is:snoozed") == {asleep.pk}


def test_a_status_is_looked_for_beyond_the_queue(bob):
    decided = make_decision().interrupt
    make_interrupt()

    page = bob.get("/", {"q": "status:decided"})

    assert shown(page) == [(decided.pk, "decided")]
    assert "Approved by bob" in words(page)


@pytest.mark.parametrize(
    "q", ["a' & !b | (c)", "':*", "\\", "x\x00y", "<-> & |", "a:b:c", "-", "--a", "(", "or"]
)
def test_no_text_breaks_the_search(bob, q):
    make_interrupt()

    assert bob.get("/", {"q": q}).status_code == 200


def test_a_search_is_paged_like_any_list(bob, monkeypatch):
    monkeypatch.setattr(paging.page_of, "__kwdefaults__", {"size": 2})
    made = [make_interrupt(title=f"Refund {at}").pk for at in range(5)]
    make_interrupt(title="Else")

    url, seen = "/?q=refund", []
    while url:
        page = bob.get(url)
        seen += [pk for pk, _ in shown(page)]
        url = page.context["next_url"]

    assert seen == made


def test_a_requester_finds_only_their_own(alice):
    make_interrupt(run=make_run(requested_by=make_user("carol")), title="Wipe")

    assert found(alice, "wipe") == set()


def test_a_search_can_use_the_index(db):
    rows = Wanted(words="refund 7").narrow(Interrupt.objects.order_by())

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    assert "interrupt_words" in rows.explain()
