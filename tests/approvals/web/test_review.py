from __future__ import annotations

import json

import pytest
from django.test import Client

from approvals import audit
from tests.approvals.web.reading import HTMX, fields, shown, words
from tests.factories import QUESTION_ACTION, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


def page_of(client, interrupt, **headers):
    return client.get(f"/interrupts/{interrupt.pk}/", **headers)


def test_a_reviewer_may_look_and_decide(bob):
    interrupt = make_interrupt()

    response = page_of(bob, interrupt)

    assert shown(response) == [(interrupt.pk, "pending")]
    assert 'id="bar"' in response.content.decode()


def test_the_form_carries_the_question_it_answers(bob):
    interrupt = make_interrupt()

    posted = fields(page_of(bob, interrupt))

    assert (posted["version"], posted["digest"]) == ("1", interrupt.digest)
    assert (posted["/amount"], posted["/note"]) == ("100.0", "first")


def test_somebody_unknown_is_sent_to_the_door(db):
    interrupt = make_interrupt()

    assert page_of(Client(), interrupt)["Location"] == f"/login/?next=/interrupts/{interrupt.pk}/"
    assert page_of(Client(), interrupt, **HTMX).status_code == 401


def test_the_question_of_a_foreign_run_does_not_exist(alice):
    foreign = make_interrupt(run=make_run(requested_by=make_user("carol")))

    assert page_of(alice, foreign).status_code == 404
    assert alice.get(f"/interrupts/{foreign.pk}/banner/").status_code == 404
    assert alice.get("/interrupts/99999999999999999999/").status_code == 404


def test_the_requester_reads_why_they_cannot_decide(as_user):
    alice = as_user("alice", "requesters", "reviewers")

    response = page_of(alice, make_interrupt())

    assert "You asked for this run, so somebody else must decide it." in words(response)
    assert 'id="bar"' not in response.content.decode()


def test_an_auditor_reads_why_they_cannot_decide(as_user):
    response = page_of(as_user("audrey", "auditors"), make_interrupt())

    assert "deciding it takes the right of a reviewer" in words(response)
    assert 'name="verb"' not in response.content.decode()


def test_only_allowed_verbs_are_offered(bob):
    action = {"name": "wipe", "description": "", "args": {}, "schema": {}, "allowed": ["reject"]}

    page = page_of(bob, make_interrupt(actions=[action])).content.decode()

    assert 'value="reject"' in page
    assert 'value="approve"' not in page


def test_a_decided_question_shows_what_was_decided_and_no_controls(bob):
    interrupt = make_interrupt()
    make_decision(
        interrupt,
        verb="edit",
        reason="Agreed by phone",
        decisions=[{"type": "edit", "args": {"amount": 80.0, "note": "first"}}],
    )

    response = page_of(bob, interrupt)

    assert "Approved with changes by bob just now : “Agreed by phone”" in words(response)
    assert "/amount 100.0 80.0" in words(response)
    assert 'id="bar"' not in response.content.decode()


def test_the_rest_of_the_state_is_shown_without_what_is_proposed(bob):
    interrupt = make_interrupt(state={"amount": 100.0, "customer": {"name": "Ana"}, "error": None})

    response = page_of(bob, interrupt)

    assert response.context["question"].rest == {"customer": {"name": "Ana"}}


def test_a_description_is_markdown_without_teeth(bob):
    interrupt = make_interrupt(
        description="**Big** <img src=x onerror=alert(1)> ![i](http://e.example/x.png) [go](javascript:x)"
    )

    page = page_of(bob, interrupt).content.decode()

    assert "<strong>Big</strong> &lt;img src=x" in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page


def test_a_plain_question_shows_its_payload_and_takes_an_answer(bob):
    action = QUESTION_ACTION | {"args": {"question": "Go on?", "order": {"id": 7}}}

    response = page_of(bob, make_interrupt(dialect="plain", actions=[action], title="Go on?"))

    assert response.context["question"].actions[0].args == {"order": {"id": 7}}
    assert "The agent asks Go on?" in words(response)
    assert "order id 7" in words(response)
    assert 'value="yes"' in response.content.decode()


def test_htmx_gets_the_part_that_moves(bob):
    page = page_of(bob, make_interrupt(), **HTMX).content.decode()

    assert "<html" not in page
    assert 'id="question"' in page


def test_the_way_on_leads_to_the_most_urgent_other_question(bob):
    here = make_interrupt(risk="critical")
    make_interrupt(risk="low")
    urgent = make_interrupt(risk="high")

    assert page_of(bob, here).context["next_pk"] == urgent.pk


def test_the_way_on_never_leads_to_ones_own_question(bob):
    make_interrupt(run=make_run(requested_by=make_user("bob", "reviewers")))

    assert page_of(bob, make_interrupt()).context["next_pk"] is None


def test_the_banner_tells_an_open_page_who_decided(bob):
    interrupt = make_interrupt()
    make_decision(interrupt, actor=make_user("carol", "reviewers"))

    response = bob.get(f"/interrupts/{interrupt.pk}/banner/", **HTMX)

    page = response.content.decode()
    assert "Approved by carol just now" in words(response)
    assert 'data-status="decided" data-freeze role="alert"' in page


def test_the_banner_of_a_waiting_question_is_empty(bob):
    interrupt = make_interrupt()

    assert words(bob.get(f"/interrupts/{interrupt.pk}/banner/", **HTMX)) == ""


def test_the_timeline_beside_it_says_what_changed(bob):
    run = make_run(input={"amount": 90.0})
    interrupt = make_interrupt(run=run, state={"amount": 100.0})
    audit.append(run, "question.asked", interrupt=interrupt)

    for page in (page_of(bob, interrupt), bob.get(f"/runs/{run.pk}/card/")):
        assert "1 change /amount 90.0 100.0" in words(page)


def test_a_long_history_costs_no_more_queries(bob, django_assert_max_num_queries):
    interrupt = make_interrupt()

    with django_assert_max_num_queries(20):
        page_of(bob, interrupt)


def test_state_nested_beyond_reason_is_shown_as_text(bob):
    deep: object = "end"
    for _ in range(90):
        deep = {"a": deep}

    response = page_of(bob, make_interrupt(state={"deep": deep}))

    assert response.status_code == 200


def test_the_raw_data_is_all_there_is_and_hides_nothing(bob):
    interrupt = make_interrupt(state={"note": "\u202e" + "x" * 300_000})

    response = bob.get(f"/interrupts/{interrupt.pk}/raw/")

    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert json.loads(response.content)["state"] == interrupt.state
    assert "\\u202e" in response.content.decode()


def test_the_raw_data_of_a_foreign_question_does_not_exist(alice, db):
    foreign = make_interrupt(run=make_run(requested_by=make_user("carol")))
    path = f"/interrupts/{foreign.pk}/raw/"

    assert alice.get(path).status_code == 404
    assert Client().get(path)["Location"].startswith("/login/")
