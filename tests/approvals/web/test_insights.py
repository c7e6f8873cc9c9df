"""The page of numbers: what it counts, for whom, and as what it can be taken away."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from approvals.insights import figures
from approvals.models import Decision, Interrupt
from tests.approvals.web.reading import words
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

TABLES = ["time", "waits", "agents", "nodes", "people"]


def decided(*, asked_minutes_ago=30, decided_minutes_ago=10, verb="approve", actor=None, **fields):
    now = timezone.now()
    said = {name: fields.pop(name) for name in ("reason_code", "decisions") if name in fields}
    question = make_interrupt(created_at=now - timedelta(minutes=asked_minutes_ago), **fields)
    actor = actor or make_user("bob", "reviewers")
    made = make_decision(question, verb=verb, actor=actor, **said)
    moment = now - timedelta(minutes=decided_minutes_ago)
    Decision.objects.filter(pk=made.pk).update(created_at=moment)
    return question


def rows(response):
    return list(csv.DictReader(StringIO(response.content.decode())))


def table(client, name, range="24h"):
    return rows(client.get(f"/insights/{name}.csv?range={range}"))


@pytest.fixture
def carol(as_user):
    return as_user("carol", "supervisors")


def test_answers_are_counted_by_agent_with_how_long_they_took(bob):
    mails = make_run(agent=make_agent("mails", title="Mails"))
    decided(run=mails, asked_minutes_ago=30)
    decided(run=mails, asked_minutes_ago=70, verb="edit")
    decided(run=mails, asked_minutes_ago=20, verb="reject")
    decided(run=mails, asked_minutes_ago=20, verb="mixed")
    decided()

    assert table(bob, "agents") == [
        {
            "Agent": "Mails", "Decided": "4", "Approved, share": "0.25",
            "Approved with edits, share": "0.25", "Rejected, share": "0.25",
            "Responded, share": "0.0", "Mixed, share": "0.25",
            "Median wait, in seconds": "900", "9 of 10 within, in seconds": "2880",
        },
        {
            "Agent": "Payments", "Decided": "1", "Approved, share": "1.0",
            "Approved with edits, share": "0.0", "Rejected, share": "0.0",
            "Responded, share": "0.0", "Mixed, share": "0.0",
            "Median wait, in seconds": "1200", "9 of 10 within, in seconds": "1200",
        },
    ]  # fmt: skip


def test_steps_of_one_name_are_told_apart_by_their_agent(bob):
    decided(node="gate")
    decided(node="gate", run=make_run(agent=make_agent("mails", title="Mails")))
    decided(node="send")

    found = {(row["Agent"], row["Step"]): row["Decided"] for row in table(bob, "nodes")}

    assert found == {("Payments", "gate"): "1", ("Mails", "gate"): "1", ("Payments", "send"): "1"}


def test_reasons_are_counted_be_they_of_a_decision_or_of_its_actions(bob):
    two = [{"type": "reject", "reason_code": "duplicate"}] * 2
    decided(verb="reject", reason_code="duplicate")
    decided(verb="reject", decisions=two, asked_minutes_ago=70)
    decided(verb="mixed", decisions=[{"type": "approve"}, two[0] | {"reason_code": "too late"}])
    decided(verb="edit", decisions=[{"type": "edit", "args": {"reason_code": "none"}}])
    decided(verb="reject", decisions=[{"type": "reject", "reason_code": ""}])

    found = [(one["Reason"], one["Decided"], one["Mixed, share"]) for one in table(bob, "reasons")]

    assert found == [("duplicate", "2", "0.0"), ("too late", "1", "1.0")]
    assert "Answers by reason" in words(bob.get("/insights/"))


def test_where_no_reason_is_named_there_is_no_chart_of_them(bob):
    decided(verb="reject")

    assert "Answers by reason" not in words(bob.get("/insights/"))


def test_reasons_of_others_are_not_counted_for_who_sees_only_their_own(as_user):
    decided(verb="reject", reason_code="duplicate")
    decided(verb="reject", reason_code="too late", run=make_run(requested_by=make_user("sam")))

    assert [one["Reason"] for one in table(as_user("sam", "requesters"), "reasons")] == ["too late"]


def test_waiting_times_are_put_into_classes(bob):
    for minutes in (10, 12, 40, 3000):
        decided(asked_minutes_ago=minutes)

    counts = [int(row["Decided"]) for row in table(bob, "waits")]

    assert counts == [1, 1, 0, 1, 0, 0, 1]


def test_questions_and_decisions_fall_into_the_slot_of_their_moment(bob):
    decided(asked_minutes_ago=130, decided_minutes_ago=65)
    make_interrupt()

    slots = table(bob, "time")

    assert len(slots) == 24
    assert sum(int(slot["Asked"]) for slot in slots) == 2
    assert sum(int(slot["Decided"]) for slot in slots) == 1
    assert slots[-1]["Asked"] == "1"
    assert slots[-1]["Decided"] == "0"


@pytest.mark.parametrize(("range", "found"), [("24h", 1), ("7d", 2), ("30d", 3), ("odd", 1)])
def test_a_range_counts_what_was_decided_in_it(bob, range, found):
    for days in (0, 3, 20, 90):
        minutes = days * 24 * 60
        decided(asked_minutes_ago=minutes + 30, decided_minutes_ago=minutes + 10)

    total = sum(int(row["Decided"]) for row in table(bob, "agents", range))

    assert total == found


def test_a_requester_is_shown_the_numbers_of_their_own_runs(alice):
    decided(run=make_run(agent=make_agent("mails", title="Mails"), requested_by=make_user("zoe")))
    decided()
    make_interrupt(run=make_run(requested_by=make_user("zoe")))

    assert [row["Agent"] for row in table(alice, "agents")] == ["Payments"]
    assert sum(int(slot["Asked"]) for slot in table(alice, "time")) == 1
    assert "Waiting now 0" in words(alice.get("/insights/"))
    assert "Mails" not in words(alice.get("/insights/"))


def test_numbers_of_single_reviewers_are_for_supervisors_and_auditors(as_user):
    decided(actor=make_user("dora", "reviewers"))

    for group in ("supervisors", "auditors"):
        client = as_user("carol", group)
        assert [row["Reviewer"] for row in table(client, "people")] == ["dora"]
        assert "dora" in words(client.get("/insights/"))


@pytest.mark.parametrize("group", ["reviewers", "requesters", "operators"])
def test_numbers_of_single_reviewers_are_kept_from_others(as_user, group):
    decided(actor=make_user("dora", "reviewers"))
    client = as_user("alice", group)

    assert client.get("/insights/people.csv").status_code == 403
    assert "dora" not in words(client.get("/insights/"))


def test_the_right_to_peoples_numbers_opens_no_runs_of_others(as_user):
    client = as_user("alice", "requesters")
    make_user("alice", "requesters").user_permissions.add(
        Permission.objects.get(codename="view_insights_people")
    )

    assert client.get("/insights/people.csv").status_code == 403


def test_what_waits_and_what_is_overdue_is_counted(bob):
    late = timezone.now() - timedelta(hours=1)
    make_interrupt(due_at=late)
    make_interrupt(due_at=timezone.now() + timedelta(hours=1))
    make_interrupt(due_at=late, status=Interrupt.Status.CANCELLED)

    assert "Waiting now 2 Overdue 1" in words(bob.get("/insights/"))


def test_an_empty_site_has_a_page_too(bob):
    page = words(bob.get("/insights/"))

    assert "Nothing waits." in page
    assert "Nothing was decided in this range." in page


@pytest.mark.parametrize("name", TABLES)
def test_each_table_is_on_the_page_and_for_download(carol, name):
    decided()

    response = carol.get(f"/insights/{name}.csv?range=7d")

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == f'attachment; filename="{name}-7d.csv"'
    assert f"/insights/{name}.csv?range=7d" in carol.get("/insights/?range=7d").content.decode()


def test_no_cell_of_a_download_is_a_formula(carol):
    decided(node="=1+1", run=make_run(agent=make_agent("odd", title="@SUM(A1)")))

    row = table(carol, "nodes")[0]

    assert (row["Agent"], row["Step"]) == ("'@SUM(A1)", "'=1+1")


def test_names_in_a_chart_are_text(carol):
    decided(node="<script>x</script>")

    page = carol.get("/insights/").content.decode()

    assert "<script>x" not in page
    assert "&lt;script&gt;x&lt;/script&gt;" in page


def test_an_unknown_table_is_not_found(carol):
    assert carol.get("/insights/secrets.csv").status_code == 404


@pytest.mark.parametrize("path", ["/insights/", "/insights/agents.csv"])
def test_somebody_unknown_is_sent_to_the_door(db, path):
    assert Client().get(path)["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_numbers_are_only_read(bob, method):
    assert getattr(bob, method)("/insights/").status_code == 405


def test_three_agents_cost_as_many_queries_as_one(
    carol, django_assert_max_num_queries, django_assert_num_queries
):
    decided()
    with django_assert_max_num_queries(12) as one:
        carol.get("/insights/")

    decided(run=make_run(agent=make_agent("mails")), actor=make_user("dora", "reviewers"))
    decided(run=make_run(agent=make_agent("other")), verb="reject")

    with django_assert_num_queries(len(one)):
        carol.get("/insights/")


def test_of_too_many_decisions_only_some_are_looked_at_closely(bob, monkeypatch):
    monkeypatch.setattr(figures, "SAMPLE", 2)
    for _ in range(6):
        decided()

    counted = int(table(bob, "agents")[0]["Decided"])

    assert counted == 6
    assert "only one decision in 3 was looked at" in words(bob.get("/insights/"))
    assert sum(int(slot["Decided"]) for slot in table(bob, "time")) == 6
