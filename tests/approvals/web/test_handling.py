from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import Interrupt
from approvals.services.claims import claim
from approvals.services.snoozing import snooze
from tests.approvals.web.reading import HTMX, words
from tests.factories import make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db

FORMS = {
    "claim": {},
    "release": {},
    "assign": {"assignee": "bob"},
    "snooze": {"for": "hour"},
}


def post(client, question, verb, **extra):
    htmx = extra.pop("htmx", {})
    return client.post(f"/interrupts/{question.pk}/{verb}/", FORMS[verb] | extra, **htmx)


@pytest.mark.parametrize("verb", FORMS)
def test_each_works_without_javascript_and_leads_back(bob, verb):
    question = make_interrupt()

    response = post(bob, question, verb)

    assert (response.status_code, response["Location"]) == (303, f"/interrupts/{question.pk}/")


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        ("claim", "You are on this"),
        ("release", "Assigned to nobody"),
        ("assign", "Assigned to bob"),
        ("snooze", "Snoozed until"),
    ],
)
def test_each_answers_htmx_with_the_line_as_it_is_then(bob, verb, said):
    question = make_interrupt()

    for _ in range(2):
        response = post(bob, question, verb, htmx=HTMX)
        assert response.status_code == 200
        assert said in words(response)


@pytest.mark.parametrize("verb", FORMS)
def test_who_may_not_decide_is_refused(as_user, alice, verb):
    question = make_interrupt()
    foreign = make_interrupt(run=make_run(requested_by=make_user("carol")))

    assert post(alice, question, verb).status_code == 403
    assert post(alice, foreign, verb).status_code == 404
    assert post(as_user("olga", "operators"), question, verb).status_code == 403
    assert post(Client(), question, verb)["Location"].startswith("/login/")


def test_a_claim_of_another_can_be_taken_over(bob):
    question = make_interrupt()
    claim(question.pk, actor=make_user("carol", "reviewers"), via="page")

    refused = post(bob, question, "claim", htmx=HTMX)
    taken = post(bob, question, "claim", take_over="1", htmx=HTMX)

    assert (refused.status_code, taken.status_code) == (409, 200)
    assert "carol is on this." in words(refused)
    assert "Take over" in words(refused)
    assert "You are on this" in words(taken)


def test_an_assignment_from_a_stale_page_says_who_has_it_now(bob):
    question = make_interrupt(assignee=make_user("carol", "reviewers"))

    response = post(bob, question, "assign", was="-", htmx=HTMX)

    assert response.status_code == 409
    assert "This is assigned to carol meanwhile." in words(response)


def test_it_can_be_given_back(bob):
    question = make_interrupt(assignee=make_user("bob", "reviewers"))

    post(bob, question, "assign", assignee="-", was="bob")

    question.refresh_from_db()
    assert question.assignee is None


@pytest.mark.parametrize(
    ("choice", "least", "most"),
    [
        ("hour", timedelta(minutes=59), timedelta(minutes=60)),
        ("hours", timedelta(minutes=179), timedelta(hours=3)),
        ("tomorrow", timedelta(hours=8), timedelta(hours=34)),
        ("monday", timedelta(hours=8), timedelta(days=7, hours=10)),
    ],
)
def test_it_is_put_away_for_as_long_as_was_chosen(bob, choice, least, most):
    question = make_interrupt()

    post(bob, question, "snooze", **{"for": choice})

    question.refresh_from_db()
    assert least < question.snoozed_until - timezone.now() <= most


def test_tomorrow_begins_at_nine_by_the_readers_clock(bob):
    question = make_interrupt()
    bob.cookies["tz"] = "Asia/Tokyo"

    post(bob, question, "snooze", **{"for": "tomorrow"})

    question.refresh_from_db()
    assert question.snoozed_until.hour == 0


def test_it_can_be_shown_again(bob):
    question = make_interrupt()
    until = timezone.now() + timedelta(hours=1)
    snooze(question.pk, actor=make_user("carol", "reviewers"), until=until, via="page")

    assert "Show again" in words(bob.get(f"/interrupts/{question.pk}/handling/", **HTMX))
    post(bob, question, "snooze", **{"for": "wake"})

    assert not Interrupt.objects.snoozed().exists()


def test_a_snooze_says_for_how_long(bob):
    question = make_interrupt()

    response = post(bob, question, "snooze", **{"for": "ever"}, htmx=HTMX)

    assert (response.status_code, "Say for how long." in words(response)) == (400, True)


def test_what_is_decided_meanwhile_says_so(bob):
    question = make_decision(actor=make_user("carol", "reviewers")).interrupt

    response = post(bob, question, "claim", htmx=HTMX)

    assert response.status_code == 409
    assert "carol decided this first." in words(response)


def test_the_review_page_says_who_takes_care_of_it(bob, as_user):
    question = make_interrupt()
    claim(question.pk, actor=make_user("carol", "reviewers"), via="page")

    assert "carol is on this" in words(bob.get(f"/interrupts/{question.pk}/"))


def test_the_line_is_for_those_who_may_see_the_question(bob, as_user):
    question = make_interrupt()

    assert Client().get(f"/interrupts/{question.pk}/handling/", **HTMX).status_code == 401
    stranger = as_user("sam", "requesters")
    assert stranger.get(f"/interrupts/{question.pk}/handling/", **HTMX).status_code == 404


def test_the_requester_reads_the_line_and_has_no_buttons(alice):
    page = words(alice.get(f"/interrupts/{make_interrupt().pk}/handling/", **HTMX))

    assert page == "Assigned to nobody"
