"""A run's page in each of its states: what happened, why, and what can be done."""

from __future__ import annotations

import pytest
from django.test import Client

from approvals import audit
from approvals.models import Interrupt, Run
from tests.approvals.web.reading import HTMX, shown, words
from tests.factories import ARGS, make_agent, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

ERROR = {"type": "TimeoutError", "message": "the bank did not answer", "node": "pay", "detail": ""}
DRAWING = {
    "boxes": [
        {"name": "__start__", "kind": "start", "label": "start"},
        {"name": "plan", "kind": "step", "label": "plan"},
        {"name": "cheap", "kind": "step", "label": "cheap"},
        {"name": "dear", "kind": "step", "label": "dear"},
        {"name": "gate", "kind": "gate", "label": "gate"},
        {"name": "pay", "kind": "step", "label": "pay"},
        {"name": "__end__", "kind": "end", "label": "end"},
    ],
    "arrows": [
        {"source": source, "target": target, "label": ""}
        for source, target in (
            ("__start__", "plan"), ("plan", "cheap"), ("plan", "dear"), ("cheap", "gate"),
            ("dear", "gate"), ("gate", "pay"), ("pay", "__end__"),
        )
    ],
}  # fmt: skip


@pytest.fixture
def failed():
    """A run whose question bob answered and whose next step then failed."""
    run = make_run(status="error", error=ERROR)
    make_decision(make_interrupt(run=run))
    return run


def page_of(client, run):
    return client.get(f"/runs/{run.pk}/")


def marks(response):
    page = response.content.decode()
    found = {}
    for name in ("__start__", "plan", "cheap", "dear", "gate", "pay", "__end__"):
        classes = page.split(f'data-node="{name}"')[0].rsplit('class="', 1)[1]
        found[name] = [kind for kind in ("visited", "current") if f"graph-{kind}" in classes]
    return {name: kinds[0] for name, kinds in found.items() if kinds}


def test_a_run_that_failed_after_an_answer_says_so(alice, failed):
    page = words(page_of(alice, failed))

    assert "Answered, failed in step pay" in page
    assert "Pay 100.00 was approved by bob just now" in page
    assert "TimeoutError: the bank did not answer" in page
    assert "Retry with the same answer" in page
    assert "Ask again" in page


@pytest.mark.parametrize(("form", "intent"), [({}, "retry"), ({"reask": "1"}, "reask")])
def test_retrying_and_asking_again_are_two_things(alice, failed, form, intent):
    response = alice.post(f"/runs/{failed.pk}/retry/", form)

    assert (response.status_code, Run.objects.get(pk=failed.pk).intent) == (303, intent)


def test_retrying_twice_is_one_retry(alice, failed):
    alice.post(f"/runs/{failed.pk}/retry/", {"reask": "1"})

    assert alice.post(f"/runs/{failed.pk}/retry/").status_code == 409
    assert Run.objects.get(pk=failed.pk).intent == "reask"


def test_a_reviewer_sees_the_failure_and_no_button(bob, failed):
    response = page_of(bob, failed)

    assert "Answered, failed" in words(response)
    assert "/retry/" not in response.content.decode()
    assert bob.post(f"/runs/{failed.pk}/retry/", {"reask": "1"}).status_code == 403


def test_a_stranger_retries_nothing(failed):
    assert Client().post(f"/runs/{failed.pk}/retry/")["Location"].startswith("/login/")
    assert Run.objects.get(pk=failed.pk).intent == ""


def test_a_run_that_failed_by_itself_offers_no_asking_again(alice):
    run = make_run(status="error", error=ERROR)

    page = page_of(alice, run)

    assert "Failed in step pay" in words(page)
    assert 'name="reask"' not in page.content.decode()


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("EffectUncertain", "Find out whether it happened"),
        ("NeedsAttention", "Find out why in the workers' logs"),
        ("ThreadGone", "starts the run again from its input"),
        ("UnknownAgent", "Register the agent again"),
    ],
)
def test_a_known_failure_says_what_to_do(alice, kind, told):
    run = make_run(status="error", error=ERROR | {"type": kind})

    assert told in words(page_of(alice, run))


def test_the_answered_question_of_a_failed_run_leads_to_the_retry(bob, failed):
    response = bob.get(f"/interrupts/{failed.interrupts.get().pk}/")

    assert "Answered, failed: the step that got this answer did not finish." in words(response)
    assert f'href="/runs/{failed.pk}/"' in response.content.decode()


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        ("superseded", "Another program answered this question.", "withdrawn Another program"),
        ("stale", "It is asked in other words now.", "out of date It is asked in other words"),
        ("orphaned", "", "its run is gone The thread it belongs to was deleted."),
        ("cancelled", "", "cancelled The run was cancelled."),
        ("expired", "", "expired Nobody answered in time."),
    ],
)
def test_a_question_that_left_the_queue_says_why(bob, status, reason, told):
    interrupt = make_interrupt(status=status, closed_reason=reason)

    assert told in words(page_of(bob, interrupt.run))
    assert told[0].upper() + told[1:] in words(bob.get(f"/interrupts/{interrupt.pk}/"))
    assert 'id="bar"' not in bob.get(f"/interrupts/{interrupt.pk}/").content.decode()


def test_a_held_question_says_why_and_takes_no_answer(bob):
    interrupt = make_interrupt(held_reason="The agent's code has changed since this was asked.")

    question = bob.get(f"/interrupts/{interrupt.pk}/")

    assert "Held: The agent's code has changed" in words(page_of(bob, interrupt.run))
    assert "The agent's code has changed since this was asked." in words(question)
    assert 'id="bar"' not in question.content.decode()


def test_a_held_question_refuses_a_form_that_was_open_before(bob):
    interrupt = make_interrupt()
    form = {"version": 1, "digest": interrupt.digest, "verb": "approve", "~note": "checked"}
    Interrupt.objects.filter(pk=interrupt.pk).update(held_reason="Changed.", version=2)

    response = bob.post(f"/interrupts/{interrupt.pk}/decide/", form)

    assert (response.status_code, shown(response)) == (409, [(interrupt.pk, "pending")])
    assert "Changed." in words(response)


def test_the_way_is_marked_as_far_as_the_question_proves_it(bob):
    agent = make_agent("drawn", drawing=DRAWING)
    interrupt = make_interrupt(run=make_run(agent=agent), node="gate")

    assert marks(page_of(bob, interrupt.run)) == {
        "__start__": "visited", "plan": "visited", "gate": "current",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/interrupts/{0.pk}/", "/runs/{0.run_id}/", "/agents/drawn/", "/?item={0.pk}"]
)
def test_whatever_draws_a_graph_loads_how_it_looks(bob, path):
    interrupt = make_interrupt(run=make_run(agent=make_agent("drawn", drawing=DRAWING)))

    page = bob.get(path.format(interrupt)).content.decode()

    assert "graph-node" in page
    assert "graph.css" in page


def test_a_finished_run_has_been_at_its_end(bob):
    run = make_run(agent=make_agent("drawn", drawing=DRAWING), status="success", result={})

    assert marks(page_of(bob, run)) == {
        "__start__": "visited", "plan": "visited", "gate": "visited", "pay": "visited",
        "__end__": "visited",
    }  # fmt: skip


def test_a_failed_run_stands_where_it_failed(bob):
    run = make_run(agent=make_agent("drawn", drawing=DRAWING), status="error", error=ERROR)

    assert marks(page_of(bob, run))["pay"] == "current"


def test_a_step_of_an_older_version_is_passed_over(bob):
    agent = make_agent("drawn", drawing=DRAWING)
    interrupt = make_interrupt(run=make_run(agent=agent), node="renamed")

    assert marks(page_of(bob, interrupt.run)) == {"__start__": "visited"}


def test_an_agent_without_a_drawing_has_no_graph(bob):
    assert "graph-frame" not in page_of(bob, make_run()).content.decode()


def test_the_timeline_says_what_changed_at_each_moment(bob):
    run = make_run(status="success", result={"amount": 80.0, "note": "first", "paid": True})
    interrupt = make_interrupt(run=run, state={"amount": 100.0, "note": "first"})
    audit.append(run, "run.started", actor=make_user("alice"), via="page")
    audit.append(run, "question.asked", interrupt=interrupt)
    audit.append(
        run, "question.decided", actor=make_user("bob", "reviewers"), interrupt=interrupt, verb="edit",
        decisions=[{"type": "edit", "args": ARGS | {"amount": 80.0}}],
    )  # fmt: skip
    audit.append(run, "run.finished")

    moments = page_of(bob, run).context["moments"]

    told = {
        moment.what: [(change.pointer, change.after) for change in moment.delta.changes]
        for moment in moments
        if moment.delta
    }
    assert told == {
        "Asked a person": [("/note", "first")],
        "Approved with changes by bob": [("/amount", 80.0)],
        "Finished": [("/amount", 80.0), ("/paid", True)],
    }


def test_messages_of_a_result_are_a_conversation(bob):
    messages = [{"type": "human", "content": "Hi"}, {"type": "ai", "content": "Hello **you**"}]
    run = make_run(status="success", result={"messages": messages, "receipt": "R-7"})

    response = page_of(bob, run)

    assert "<strong>you</strong>" in response.content.decode()
    assert "receipt R-7" in words(response)


def test_many_questions_cost_no_more_queries(bob, django_assert_num_queries):
    run = make_run()
    make_decision(make_interrupt(run=run))
    with django_assert_num_queries(14):
        page_of(bob, run)

    for name in ("carol", "dora"):
        make_decision(make_interrupt(run=run), actor=make_user(name, "reviewers"))

    with django_assert_num_queries(14):
        page_of(bob, run)


def test_htmx_gets_the_part_that_moves(bob):
    response = bob.get(f"/runs/{make_run().pk}/", **HTMX)

    assert "<html" not in response.content.decode()
    assert response.content.decode().count('id="run"') == 1


def test_a_question_shows_the_way_to_it_in_its_graph(bob):
    agent = make_agent("drawn", drawing=DRAWING)
    interrupt = make_interrupt(run=make_run(agent=agent), node="gate")

    page = bob.get(f"/interrupts/{interrupt.pk}/")

    assert marks(page) == {"__start__": "visited", "plan": "visited", "gate": "current"}
