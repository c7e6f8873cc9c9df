from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client

from approvals import audit
from approvals.models import Run
from approvals.web.runs.history import entries_of, story
from tests.approvals.web.reading import HTMX, shown, words
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


def test_a_reviewer_sees_every_run_newest_first(bob):
    runs = [make_run(), make_run(requested_by=make_user("carol"))]

    assert [run.pk for run in bob.get("/runs/").context["rows"]] == [run.pk for run in runs[::-1]]


def test_a_requester_sees_their_own_runs(alice):
    own = make_run()
    make_run(requested_by=make_user("carol"))

    assert [run.pk for run in alice.get("/runs/").context["rows"]] == [own.pk]


def test_runs_are_filtered_by_status_and_agent(bob):
    wanted = make_run(agent=make_agent("mails"), status="error")
    make_run(agent=make_agent("mails"))
    make_run(status="error")

    rows = bob.get("/runs/?status=error&agent=mails").context["rows"]

    assert [run.pk for run in rows] == [wanted.pk]


def test_the_filter_calls_a_status_as_the_list_does(bob):
    make_run(status="error")

    page = words(bob.get("/runs/"))

    assert page.count("Failed") == 2
    assert "Error" not in page


@pytest.mark.parametrize("query", ["status=x", "agent=%00", "after=x"])
def test_an_odd_address_is_no_fault(bob, query):
    assert bob.get(f"/runs/?{query}").status_code == 200


def test_three_runs_cost_as_many_queries_as_one(
    bob, django_assert_max_num_queries, django_assert_num_queries
):
    make_run()
    with django_assert_max_num_queries(9) as one:
        bob.get("/runs/")

    make_run(agent=make_agent("mails"))
    make_run(requested_by=make_user("carol"))

    with django_assert_num_queries(len(one)):
        bob.get("/runs/")


@pytest.mark.parametrize("path", ["/runs/", "/runs/1/", "/runs/1/card/"])
def test_somebody_unknown_is_sent_to_the_door(db, path):
    assert Client().get(path)["Location"] == f"/login/?next={path}"
    assert Client().get(path, **HTMX).status_code == 401


def test_a_foreign_run_does_not_exist(alice):
    foreign = make_run(requested_by=make_user("carol"))

    assert alice.get(f"/runs/{foreign.pk}/").status_code == 404
    assert alice.get(f"/runs/{foreign.pk}/card/").status_code == 404
    assert alice.post(f"/runs/{foreign.pk}/cancel/").status_code == 404


def test_a_run_leads_to_its_open_questions(alice):
    run = make_run()
    waiting = make_interrupt(run=run)
    past = make_interrupt(run=run)
    make_decision(past)

    response = alice.get(f"/runs/{run.pk}/")

    assert shown(response) == [(waiting.pk, "pending"), (past.pk, "decided")]
    assert f'href="/interrupts/{waiting.pk}/"' in response.content.decode()


def test_a_finished_run_shows_its_result(bob):
    run = make_run(status="success", result={"receipt": "R-7", "error": None})

    assert "receipt R-7" in words(bob.get(f"/runs/{run.pk}/"))


def test_the_timeline_tells_the_story_in_order(bob):
    run = make_run()
    interrupt = make_interrupt(run=run)
    audit.append(run, "run.started", actor=make_user("alice", "requesters"), via="page")
    audit.append(run, "question.asked", interrupt=interrupt)
    audit.append(
        run,
        "question.decided",
        actor=make_user("bob", "reviewers"),
        interrupt=interrupt,
        verb="edit",
        reason="Cheaper",
    )

    moments = bob.get(f"/runs/{run.pk}/").context["moments"]

    assert [(moment.what, moment.detail) for moment in moments] == [
        ("Started", "by alice"),
        ("Asked a person", "Pay 100.00"),
        ("Approved with changes by bob", "Cheaper"),
        ("Waits for a person", ""),
    ]


def test_the_timeline_says_how_long_a_question_was_open(bob):
    run = make_run()
    asked = [make_interrupt(run=run), make_interrupt(run=run, interrupt_id="2")]
    for interrupt in asked:
        audit.append(run, "question.asked", interrupt=interrupt)
    for interrupt in asked:
        audit.append(run, "question.decided", interrupt=interrupt, verb="approve")
    entries = entries_of(run)
    entries[1].at = entries[3].at - timedelta(minutes=27)

    told = [moment.waited for moment in story(run, entries)]

    assert told == ["", "", "waited < 1 min", "waited 27 min", ""]
    assert "waited < 1 min" in words(bob.get(f"/runs/{run.pk}/"))


def test_a_traceback_is_for_operators(as_user, bob):
    run = make_run(
        status="error",
        error={"type": "KeyError", "message": "sku", "node": "load", "detail": "line 7"},
    )

    assert "KeyError: sku" in words(bob.get(f"/runs/{run.pk}/"))
    assert "line 7" not in words(bob.get(f"/runs/{run.pk}/"))
    assert "line 7" in words(as_user("oscar", "operators").get(f"/runs/{run.pk}/"))


def test_the_requester_cancels_their_run(alice):
    run, page = make_run(), "/runs/{}/"

    response = alice.post(f"/runs/{run.pk}/cancel/")

    assert (response.status_code, response["Location"]) == (303, page.format(run.pk))
    assert Run.objects.get(pk=run.pk).intent == "cancel"


def test_a_reviewer_may_not_cancel_a_run(bob):
    run = make_run()

    assert bob.post(f"/runs/{run.pk}/cancel/").status_code == 403
    assert "Cancel run" not in words(bob.get(f"/runs/{run.pk}/"))


def test_cancelling_a_finished_run_says_it_is_too_late(alice):
    run = make_run(status="success")

    response = alice.post(f"/runs/{run.pk}/cancel/")

    assert response.status_code == 409
    assert "This run has already finished." in words(response)


def test_an_operator_retries_a_failed_run(as_user):
    run = make_run(status="error")

    as_user("oscar", "operators").post(f"/runs/{run.pk}/retry/")

    assert Run.objects.get(pk=run.pk).status == "pending"


def test_a_waiting_run_cannot_be_retried(as_user):
    run = make_run()

    assert as_user("oscar", "operators").post(f"/runs/{run.pk}/retry/").status_code == 409


@pytest.mark.parametrize("verb", ["cancel", "retry"])
def test_looking_changes_nothing(alice, verb):
    run = make_run(status="error")

    assert alice.get(f"/runs/{run.pk}/{verb}/").status_code == 405
    assert Run.objects.get(pk=run.pk).status == "error"


def test_the_raw_data_of_a_run_is_what_went_in_and_what_came_out(bob):
    run = make_run(status="success", result={"receipt": "R-7"}, config={"configurable": {"k": "s"}})

    response = bob.get(f"/runs/{run.pk}/raw/")

    assert json.loads(response.content) == {"input": run.input, "result": {"receipt": "R-7"}}


def test_the_raw_data_of_a_foreign_run_does_not_exist(alice):
    foreign = make_run(requested_by=make_user("carol"))

    assert alice.get(f"/runs/{foreign.pk}/raw/").status_code == 404
    assert Client().get(f"/runs/{foreign.pk}/raw/")["Location"].startswith("/login/")
