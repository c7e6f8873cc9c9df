from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from approvals.models import Interrupt
from approvals.web import paging
from approvals.web.inbox.pages import LONGEST_GAP
from tests.approvals.web.reading import HTMX, shown, words
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


def test_somebody_unknown_is_sent_to_the_door_and_back():
    response = Client().get("/?risk=high")

    assert (response.status_code, response["Location"]) == (302, "/login/?next=/%3Frisk%3Dhigh")


def test_an_expired_login_answers_htmx_with_the_way_to_the_door():
    response = Client().get("/", **HTMX)

    assert (response.status_code, response["HX-Redirect"]) == (
        401,
        "/login/?next=%2Fsomewhere%2F%3Fq%3D1",
    )


def test_a_reviewer_sees_every_waiting_question(bob):
    mine, other = make_interrupt(), make_interrupt(run=make_run(requested_by=make_user("carol")))

    assert {pk for pk, _ in shown(bob.get("/"))} == {mine.pk, other.pk}


def test_a_requester_sees_only_questions_of_their_own_runs(alice):
    own = make_interrupt()
    make_interrupt(run=make_run(requested_by=make_user("carol")))

    assert shown(alice.get("/")) == [(own.pk, "pending")]


def test_the_most_urgent_comes_first_then_the_oldest(bob):
    now = timezone.now()
    late = make_interrupt(risk="low", created_at=now - timedelta(minutes=1))
    early = make_interrupt(risk="low", created_at=now - timedelta(minutes=2))
    critical = make_interrupt(risk="critical", created_at=now)

    order = [pk for pk, _ in shown(bob.get("/"))]

    assert order == [critical.pk, early.pk, late.pk]


@pytest.mark.parametrize(
    "query", ["agent=mails", "risk=high", "q=wipe+tenant", "agent=mails&risk=high&q=WIPE"]
)
def test_filters_narrow_the_list(bob, query):
    run = make_run(agent=make_agent("mails", title="Mails"))
    wanted = make_interrupt(run=run, risk="high", title="Wipe data", summary="of a tenant")
    make_interrupt()

    assert shown(bob.get(f"/?{query}")) == [(wanted.pk, "pending")]


def test_decided_questions_have_a_list_of_their_own_with_who_decided(bob):
    make_interrupt()
    decided = make_decision().interrupt

    response = bob.get("/?status=done")

    assert shown(response) == [(decided.pk, "decided")]
    assert "Approved by bob" in words(response)


@pytest.mark.parametrize(
    "query", ["q=%00", "risk=huge", "status=x", "after=!!", "after=WyJhIl0", "agent=%00"]
)
def test_an_odd_address_opens_the_first_page(bob, query):
    interrupt = make_interrupt()

    response = bob.get(f"/?{query}")

    assert (response.status_code, shown(response)) == (200, [(interrupt.pk, "pending")])


def test_htmx_gets_the_part_that_moves(bob):
    interrupt = make_interrupt()

    response = bob.get("/", **HTMX)

    assert shown(response) == [(interrupt.pk, "pending")]
    assert "<html" not in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_no_cache_keeps_a_page(bob):
    assert bob.get("/")["Cache-Control"] == "no-store"


def test_pages_follow_each_other_without_gap_or_repetition(bob, monkeypatch):
    monkeypatch.setattr(paging, "SIZE", 2)
    monkeypatch.setattr(paging.page_of, "__kwdefaults__", {"size": 2})
    made = [make_interrupt(risk=risk).pk for risk in ("critical", "high", "high", "low", "low")]

    url, seen = "/", []
    while url:
        response = bob.get(url)
        seen += [pk for pk, _ in shown(response)]
        url = response.context["next_url"]

    assert seen == made


def test_decided_pages_follow_each_other_too(bob, monkeypatch):
    monkeypatch.setattr(paging.page_of, "__kwdefaults__", {"size": 1})
    first, second = make_decision().interrupt, make_decision().interrupt
    Interrupt.objects.filter(pk=first.pk).update(updated_at=timezone.now() - timedelta(hours=1))

    page = bob.get("/?status=done")

    assert shown(page) == [(second.pk, "decided")]
    assert shown(bob.get(page.context["next_url"])) == [(first.pk, "decided")]


@pytest.mark.parametrize("query", ["/", "/?status=done"])
def test_three_rows_cost_as_many_queries_as_one(
    bob, query, django_assert_num_queries, django_assert_max_num_queries
):
    make_interrupt()
    make_decision()
    with django_assert_max_num_queries(8) as one:
        bob.get(query)

    for _ in range(2):
        make_interrupt(run=make_run(agent=make_agent(f"a{_}")))
        make_decision(make_interrupt(), actor=make_user(f"reviewer{_}", "reviewers"))

    with django_assert_num_queries(len(one)):
        bob.get(query)


def test_what_an_agent_wrote_is_text_and_hides_nothing(bob):
    make_interrupt(title="Pay <b>5</b> \u202egpj", summary="<script>alert(1)</script>")

    page = bob.get("/").content.decode()

    assert 'Pay &lt;b&gt;5&lt;/b&gt; <span class="unseen">U+202E</span>gpj' in page
    assert "<script>alert" not in page


def test_an_empty_inbox_says_so(bob):
    make_agent()

    assert "Nothing waits for you" in words(bob.get("/"))


def test_without_any_agent_the_inbox_says_how_to_connect_one(bob):
    assert "No agent is connected yet" in words(bob.get("/"))


def test_news_strike_the_row_somebody_decided(bob):
    interrupt = make_interrupt()
    make_decision(interrupt, actor=make_user("carol", "reviewers"))

    response = bob.get(f"/inbox/news/?row={interrupt.pk}", **HTMX)

    assert shown(response) == [(interrupt.pk, "decided")]
    assert "approved by carol" in words(response)


def test_news_count_what_came_in_and_insert_nothing(bob):
    old = make_interrupt()
    since = timezone.now().isoformat()
    make_interrupt()
    make_interrupt()

    response = bob.get("/inbox/news/", {"row": old.pk, "since": since}, **HTMX)

    assert shown(response) == []
    assert "2 new items" in words(response)


def test_news_count_only_what_the_filters_let_through(bob):
    since = timezone.now().isoformat()
    make_interrupt(risk="low")

    response = bob.get("/inbox/news/", {"since": since, "risk": "high"}, **HTMX)

    assert "new item" not in words(response)


def test_news_tell_a_requester_nothing_of_others(alice):
    foreign = make_interrupt(run=make_run(requested_by=make_user("carol")))
    make_decision(foreign)

    response = alice.get(f"/inbox/news/?row={foreign.pk}", **HTMX)

    assert shown(response) == []


@pytest.mark.parametrize(
    "query", ["row=x&since=y", "row=99999999999999999999", "since=2026-99-99T00:00Z"]
)
def test_news_survive_an_odd_address(bob, query):
    assert bob.get(f"/inbox/news/?{query}", **HTMX).status_code == 200


@pytest.mark.parametrize("path", ["/inbox/news/", "/inbox/waiting/"])
def test_fragments_are_not_for_strangers(path):
    assert Client().get(path, **HTMX).status_code == 401


def test_the_badge_counts_what_waits(bob):
    make_interrupt()
    make_decision()

    assert words(bob.get("/inbox/waiting/", **HTMX)) == "waiting: 1"


def test_news_bring_only_what_changed_since_they_were_last_brought(bob):
    now = timezone.now()
    told, fresh, gone = make_interrupt(), make_interrupt(), make_interrupt()
    for row, minutes in ((told, 5), (fresh, 0), (gone, 5)):
        at = now - timedelta(minutes=minutes)
        Interrupt.objects.filter(pk=row.pk).update(
            created_at=now - timedelta(hours=1), updated_at=at
        )
    Interrupt.objects.filter(pk=gone.pk).update(status="cancelled")

    response = bob.get(
        "/inbox/news/",
        {
            "row": [told.pk, fresh.pk, gone.pk],
            "since": (now - timedelta(minutes=10)).isoformat(),
            "heard": (now - timedelta(minutes=2)).isoformat(),
        },
        **HTMX,
    )

    assert sorted(shown(response)) == [(fresh.pk, "pending"), (gone.pk, "cancelled")]


def test_news_let_a_struck_row_wait_again_once_its_decision_is_taken_back(bob):
    back, struck = make_interrupt(), make_interrupt(status="decided")

    response = bob.get("/inbox/news/", {"gone": [back.pk, struck.pk]}, **HTMX)

    assert shown(response) == [(back.pk, "pending")]
    assert "new item" not in words(response)


def test_after_being_deaf_one_answer_brings_badge_and_bell_too(bob):
    make_interrupt()

    caught_up = bob.get("/inbox/news/?deaf=40", **HTMX).content.decode()
    usual = bob.get("/inbox/news/", **HTMX).content.decode()

    assert ('id="waiting"' in caught_up, 'id="bell"' in caught_up) == (True, True)
    assert ('id="waiting"' in usual, 'id="bell"' in usual) == (True, False)
    assert 'name="deaf" value=""' in caught_up


def test_after_being_deaf_for_too_long_the_list_offers_to_be_fetched_anew(bob):
    interrupt = make_interrupt(status="cancelled")

    response = bob.get(f"/inbox/news/?row={interrupt.pk}&deaf={LONGEST_GAP + 1}", **HTMX)

    assert shown(response) == []
    assert "This list is out of date Refresh list" in words(response)
    again = bob.get(f"/inbox/news/?row={interrupt.pk}&deaf={LONGEST_GAP}", **HTMX)
    assert shown(again) == [(interrupt.pk, "cancelled")]
    assert f'name="deaf" value="{LONGEST_GAP + 1}"' in response.content.decode()
