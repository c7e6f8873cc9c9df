from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.models import Interrupt
from approvals.web import paging
from approvals.web.inbox import views
from tests.approvals.web.reading import HTMX, shown, words
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


def ids(response):
    return [pk for pk, _ in shown(response)]


def tabs(response):
    return {tab.label: tab.count for tab in response.context["tabs"]}


def later(**span):
    return timezone.now() + timedelta(**span)


@pytest.fixture
def everything(bob):
    """One question for each view, by the view's name."""
    person = make_user("bob", "reviewers")
    carol = make_user("carol", "reviewers")
    return {
        "mine": make_interrupt(assignee=person),
        "unassigned": make_interrupt(),
        "high": make_interrupt(risk="critical", assignee=carol),
        "overdue": make_interrupt(due_at=later(minutes=-5), assignee=carol),
        "snoozed": make_interrupt(snoozed_until=later(hours=1), assignee=person),
        "decided": make_decision().interrupt,
    }


@pytest.mark.parametrize("view", ["mine", "unassigned", "high", "overdue", "snoozed", "decided"])
def test_each_view_is_an_address_and_shows_only_its_questions(bob, everything, view):
    assert ids(bob.get(f"/?view={view}")) == [everything[view].pk]


def test_every_view_says_how_many_it_holds(bob, everything):
    assert tabs(bob.get("/")) == {
        "All": "4", "Mine": "1", "Unassigned": "1", "High risk": "1", "Overdue": "1",
        "Snoozed": "1", "Decided": "1",
    }  # fmt: skip


def test_counts_are_those_of_the_person(alice):
    make_interrupt(run=make_run(requested_by=make_user("carol")))
    make_interrupt()

    assert tabs(alice.get("/"))["All"] == "1"


def test_a_count_stops_at_its_limit(bob, monkeypatch):
    monkeypatch.setattr(views, "COUNT_LIMIT", 2)
    for _ in range(4):
        make_interrupt()

    assert tabs(bob.get("/"))["All"] == "2+"


def test_an_unknown_view_is_the_whole_queue(bob):
    question = make_interrupt()

    assert ids(bob.get("/?view=nonsense")) == [question.pk]


def test_a_snoozed_question_is_in_nobodys_list_until_then(bob, as_user):
    question = make_interrupt(snoozed_until=later(hours=1))

    assert ids(bob.get("/")) == ids(as_user("carol", "reviewers").get("/")) == []
    assert "1" not in words(bob.get("/inbox/waiting/", **HTMX))
    Interrupt.objects.update(snoozed_until=later(seconds=-1))
    assert ids(bob.get("/")) == [question.pk]


def test_the_usual_order_is_risk_then_due_then_age(bob):
    now = timezone.now()
    made = [
        make_interrupt(risk=risk, due_at=due, created_at=now - timedelta(minutes=age))
        for risk, due, age in [
            ("high", None, 1),
            ("low", later(minutes=5), 1),
            ("low", later(hours=5), 9),
            ("low", None, 8),
            ("low", None, 7),
        ]
    ]

    assert ids(bob.get("/")) == [question.pk for question in made]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("due", [1, 2, 0]), ("-due", [0, 2, 1]), ("waiting", [0, 1, 2]), ("-waiting", [2, 1, 0]),
     ("agent", [2, 0, 1]), ("nonsense", [0, 1, 2])],
)  # fmt: skip
def test_a_column_sorts_the_list_on_the_server(bob, sort, order, monkeypatch):
    monkeypatch.setattr(paging.page_of, "__kwdefaults__", {"size": 1})
    now = timezone.now()
    made = [
        make_interrupt(
            run=make_run(agent=make_agent(agent)), risk=risk, due_at=due,
            created_at=now - timedelta(minutes=age),
        )
        for agent, risk, due, age in [
            ("pay", "high", None, 9),
            ("pay", "medium", now + timedelta(hours=1), 5),
            ("mail", "low", now + timedelta(hours=2), 1),
        ]
    ]  # fmt: skip

    url, seen = f"/?sort={sort}", []
    while url:
        page = bob.get(url)
        seen += ids(page)
        url = page.context["next_url"]

    assert seen == [made[at].pk for at in order]


def test_the_sorted_column_says_so(bob):
    make_interrupt()

    assert 'class="col-due" aria-sort="descending"' in bob.get("/?sort=-due").content.decode()


@pytest.mark.parametrize("after", ["bm9uc2Vuc2U", "WzEsMiwzLDRd", "WyJhIiwxLCJiIiwxXQ"])
def test_a_cursor_of_another_list_is_the_first_page(bob, after):
    question = make_interrupt()

    assert ids(bob.get(f"/?sort=agent&after={after}")) == [question.pk]


def test_news_bring_a_row_that_somebody_claimed_and_fresh_counts(bob):
    question = make_interrupt()
    since = timezone.now().isoformat()
    Interrupt.objects.filter(pk=question.pk).update(
        claimed_by=make_user("carol"), claimed_until=later(minutes=5), updated_at=timezone.now()
    )

    response = bob.get("/inbox/news/", {"row": question.pk, "since": since}, **HTMX)

    assert shown(response) == [(question.pk, "pending")]
    assert "carol is on this" in words(response)
    assert "Unassigned 1" in words(response)


def test_a_requester_sees_no_means_to_decide(alice):
    make_interrupt()

    page = alice.get("/").content.decode()

    assert 'name="item"' not in page
    assert "bulk-bar" not in page


def test_questions_of_ones_own_cannot_be_selected(bob):
    make_interrupt(run=make_run(requested_by=make_user("bob", "reviewers")))

    assert 'name="item"' not in bob.get("/").content.decode()


def test_a_question_is_shown_beside_its_list(bob):
    first, second = make_interrupt(title="Pay Ana"), make_interrupt(title="Pay Ben")

    page = bob.get(f"/?view=unassigned&item={second.pk}")

    assert shown(page) == [
        (first.pk, "pending"), (second.pk, "pending"), (second.pk, "pending"),
    ]  # fmt: skip
    assert f'href="/?view=unassigned&amp;item={first.pk}"' in page.content.decode()
    assert 'id="answer"' in page.content.decode()


@pytest.fixture
def split(bob, monkeypatch):
    """Five questions, two on a page, and the third beside the first page of a search by age."""
    monkeypatch.setattr("approvals.web.paging.page_of.__kwdefaults__", {"size": 2})
    questions = [make_interrupt() for _ in range(5)]
    return questions, bob.get(f"/?q=pay&sort=waiting&item={questions[2].pk}")


def addresses(page, within):
    part = re.search(within, page.content.decode(), re.DOTALL)
    return [html.unescape(one) for one in re.findall(r'<a [^>]*?href="([^"]*)"', part[0])]


def test_sorting_keeps_the_question_beside_the_list(split):
    questions, page = split

    assert addresses(page, "<thead.*?</thead>") == [
        f"/?q=pay&item={questions[2].pk}",
        f"/?q=pay&sort=agent&item={questions[2].pk}",
        f"/?q=pay&sort=due&item={questions[2].pk}",
        f"/?q=pay&sort=-waiting&item={questions[2].pk}",
    ]


def test_paging_there_and_back_keeps_it_too(split, bob):
    questions, page = split

    (there,) = addresses(page, '<nav class="pager".*?</nav>')
    following = bob.get(there)
    back = addresses(following, '<nav class="pager".*?</nav>')[0]

    assert shown(following)[:2] == [(one.pk, "pending") for one in questions[2:4]]
    assert following.context["item"] == questions[2].pk
    assert back == f"/?q=pay&sort=waiting&item={questions[2].pk}"


def test_another_question_is_opened_beside_the_same_page(split, bob):
    questions, page = split
    (there,) = addresses(page, '<nav class="pager".*?</nav>')

    row = addresses(bob.get(there), f'<tr id="interrupt-{questions[3].pk}".*?</tr>')[0]

    assert [pk for pk, _ in shown(bob.get(row))[:2]] == [one.pk for one in questions[2:4]]
    assert bob.get(row).context["item"] == questions[3].pk


def test_without_it_the_list_is_the_same_list(split):
    _, page = split

    assert addresses(page, r'<a class="button small side-by-side".*?>') == ["/?q=pay&sort=waiting"]


def test_another_view_begins_without_a_question_beside_it(split):
    _, page = split

    assert not [url for url in addresses(page, '<nav id="views".*?</nav>') if "item" in url]


def test_new_questions_are_shown_with_rows_that_open_beside(split, bob):
    questions, _ = split
    news = bob.get(f"/inbox/news/?sort=waiting&item={questions[2].pk}&since=2020-01-01T00:00Z")
    wanted = {"sort": "waiting", "item": questions[2].pk}

    shown_new = bob.get("/", wanted, **HTMX).content.decode()

    assert addresses(news, '<p class="pill".*?</p>') == [f"/?sort=waiting&item={questions[2].pk}"]
    assert f'hx-push-url="/?sort=waiting&amp;item={questions[0].pk}"' in shown_new


def test_a_saved_view_keeps_no_open_question(split, bob):
    _, page = split

    assert page.context["filters"].query == "q=pay&sort=waiting"


def test_a_batch_comes_back_to_where_it_was_chosen(split):
    questions, page = split

    assert f'name="back" value="q=pay&amp;sort=waiting&amp;item={questions[2].pk}"' in (
        page.content.decode()
    )


def test_nobody_sees_beside_the_list_what_they_may_not_see(alice):
    foreign = make_interrupt(run=make_run(requested_by=make_user("carol")))

    assert alice.get(f"/?item={foreign.pk}").status_code == 404


@pytest.mark.parametrize("item", ["x", "", "-1", "9" * 30])
def test_an_odd_item_is_no_item(bob, item):
    make_interrupt()

    assert bob.get(f"/?item={item}").status_code == 200


def test_a_decision_made_beside_the_list_stays_there(bob):
    first, second = make_interrupt(risk="low"), make_interrupt(risk="low")
    came_from = {
        "HTTP_HX_REQUEST": "true",
        "HTTP_HX_CURRENT_URL": f"http://testserver/?view=unassigned&item={first.pk}",
    }

    response = bob.post(
        f"/interrupts/{first.pk}/decide/",
        {
            "verb": "approve",
            "version": 1,
            "digest": first.digest,
            "/amount": "100.0",
            "/note": "first",
        },
        **came_from,
    )

    assert response["HX-Redirect"] == f"/?view=unassigned&item={second.pk}"


def test_the_next_question_is_none_that_was_put_away(bob):
    question, asleep = make_interrupt(), make_interrupt(risk="high", snoozed_until=later(hours=1))

    page = bob.get(f"/interrupts/{question.pk}/").content.decode()

    assert f"/interrupts/{asleep.pk}/" not in page
