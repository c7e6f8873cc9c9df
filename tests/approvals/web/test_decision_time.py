"""Decision time: from when a reviewer first opened a question to when they decided it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from approvals.models import Decision, Opening
from approvals.services.openings import note_opened
from tests.approvals.policy.test_undo import take_back
from tests.approvals.services.test_decide import together
from tests.approvals.web.reading import HTMX, words
from tests.approvals.web.test_bulk import item, send
from tests.approvals.web.test_insights import table
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(as_user):
    return as_user("carol", "supervisors")


def decided(*, after_seconds=None, by=None, **fields):
    """A question decided just now; opened `after_seconds` before, if at all."""
    actor = by or make_user("bob", "reviewers")
    made = make_decision(make_interrupt(**fields), actor=actor)
    now = timezone.now() - timedelta(seconds=5)
    Decision.objects.filter(pk=made.pk).update(created_at=now)
    if after_seconds is not None:
        opened_at = now - timedelta(seconds=after_seconds)
        Opening.objects.create(interrupt=made.interrupt, reviewer=actor, opened_at=opened_at)


def openings():
    return list(Opening.objects.values_list("interrupt", "reviewer__username"))


@pytest.mark.parametrize("path", ["/interrupts/{}/", "/?item={}"])
def test_the_first_time_a_reviewer_opens_a_question_is_kept(bob, path):
    question = make_interrupt()

    bob.get(path.format(question.pk))
    first = Opening.objects.get()
    bob.get(path.format(question.pk))
    bob.get(f"/interrupts/{question.pk}/", **HTMX)

    assert openings() == [(question.pk, "bob")]
    assert Opening.objects.get().opened_at == first.opened_at


def test_each_reviewer_has_a_first_time_of_their_own(bob, carol):
    question = make_interrupt()

    for client in (bob, carol, bob):
        client.get(f"/interrupts/{question.pk}/")

    assert sorted(openings()) == [(question.pk, "bob"), (question.pk, "carol")]


def test_looking_at_what_one_cannot_decide_is_not_noted(alice, bob, as_user):
    own = make_interrupt()
    finance = make_interrupt(policy={"groups": ["finance"]})
    over = make_decision().interrupt

    alice.get(f"/interrupts/{own.pk}/")
    bob.get(f"/interrupts/{finance.pk}/")
    bob.get(f"/interrupts/{over.pk}/")
    as_user("ann", "auditors").get(f"/interrupts/{own.pk}/")

    assert openings() == []


@pytest.mark.django_db(transaction=True)
def test_of_two_first_times_at_once_one_is_kept():
    question, bob = make_interrupt(), make_user("bob", "reviewers")

    together([lambda: note_opened(question, reviewer=bob)] * 4)

    assert openings() == [(question.pk, "bob")]


def test_it_goes_on_from_the_first_time_after_an_undo(bob):
    question = make_interrupt(policy={"undo_seconds": 60})
    bob.get(f"/interrupts/{question.pk}/")
    first = Opening.objects.get().opened_at
    send(bob, "approve", [item(question)])

    take_back(question)
    bob.get(f"/interrupts/{question.pk}/")

    assert Opening.objects.get().opened_at == first


def test_it_is_counted_in_classes(carol):
    for seconds in (4, 8, 45, 200, 90_000):
        decided(after_seconds=seconds)

    assert [int(row["Decided"]) for row in table(carol, "took")] == [2, 0, 1, 1, 0, 0, 1]


def test_it_is_told_by_agent_step_and_reviewer(carol):
    dora = make_user("dora", "reviewers")
    decided(after_seconds=20, by=dora)
    decided(after_seconds=40, by=dora)
    decided(by=dora)
    decided(after_seconds=7, run=make_run(agent=make_agent("mails", title="Mails")))

    told = [
        (row[name], row["With a decision time"], row["Median decision, in seconds"])
        for name, rows in (("Agent", "agents"), ("Agent", "nodes"), ("Reviewer", "people"))
        for row in table(carol, rows)
    ]

    assert told == [
        ("Payments", "2", "30"), ("Mails", "1", "7"),
        ("Payments", "2", "30"), ("Mails", "1", "7"),
        ("dora", "2", "30"), ("bob", "1", "7"),
    ]  # fmt: skip


def test_what_has_none_is_left_out_and_that_is_said(carol):
    decided(after_seconds=30)
    decided()
    decided(after_seconds=-60)

    page = words(carol.get("/insights/"))

    assert "Half within 30 s, 9 of 10 within 30 s. 2 decisions are left out:" in page
    assert sum(int(row["Decided"]) for row in table(carol, "took")) == 1


def test_the_opening_of_a_colleague_is_not_taken_for_ones_own(carol):
    question = make_decision(actor=make_user("bob", "reviewers")).interrupt
    long_ago = timezone.now() - timedelta(hours=1)
    Opening.objects.create(
        interrupt=question, reviewer=make_user("dora", "reviewers"), opened_at=long_ago
    )

    assert [row["With a decision time"] for row in table(carol, "people")] == ["0"]


def test_with_none_at_all_the_page_says_so(carol):
    decided()

    page = words(carol.get("/insights/"))

    assert "How long deciding took" in page and "1 decision is left out:" in page


@pytest.mark.parametrize("group", ["reviewers", "requesters", "operators"])
def test_it_is_kept_from_those_who_may_not_see_people(as_user, group):
    decided(after_seconds=30)
    client = as_user("alice", group)

    assert client.get("/insights/took.csv").status_code == 403
    assert "How long deciding took" not in words(client.get("/insights/"))
    assert not [row for row in table(client, "agents") if "Median decision, in seconds" in row]


def test_finding_it_reads_the_index_of_first_times(carol):
    person = make_user("bob", "reviewers")
    for _ in range(3):
        decided(after_seconds=3, by=person)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT o.opened_at FROM approvals_decision d LEFT JOIN approvals_opening o"
            " ON o.interrupt_id = d.interrupt_id AND o.reviewer_id = d.actor_id"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "opening_first_of_each" in plan
