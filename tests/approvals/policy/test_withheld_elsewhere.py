"""What a reviewer has to say from what they know stands on no other page before they decide."""

from __future__ import annotations

import json
from typing import Any

import pytest

from approvals import audit
from approvals.services.comments import comment
from tests.approvals.policy.test_withheld import asked, place, shown
from tests.approvals.web.reading import HTMX, words
from tests.factories import make_decision, make_history, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]

LONG_AGO = "2020-01-01T00:00:00+00:00"


def row_of(interrupt: Any) -> dict[str, str]:
    return {"item": f"{interrupt.pk}:{interrupt.version}:{interrupt.digest}"}


def test_the_inbox_leaves_it_out_of_its_rows(bob: Any) -> None:
    asked()

    page = bob.get("/")

    assert shown(page) == []
    assert "Pay (not shown yet)" in words(page)
    assert "(not shown yet) to Ana" in words(page)


def test_the_split_view_leaves_it_out_of_both_halves(bob: Any) -> None:
    interrupt = asked()

    assert shown(bob.get(f"/?item={interrupt.pk}")) == []


def test_rows_that_are_fetched_again_leave_it_out(bob: Any) -> None:
    interrupt = asked()

    news = bob.get("/inbox/news/", {"row": interrupt.pk, "since": LONG_AGO}, **HTMX)

    assert shown(news) == []
    assert "Pay (not shown yet)" in words(news)


def test_a_sheet_for_many_leaves_it_out(bob: Any) -> None:
    interrupt = asked()

    for act in ("approve", "snooze"):
        sheet = bob.post("/inbox/bulk/", {"act": act} | row_of(interrupt))

        assert shown(sheet) == []
        assert "Pay (not shown yet)" in words(sheet)


def test_what_became_of_many_leaves_it_out(bob: Any) -> None:
    refused = bob.post("/inbox/bulk/do/", {"act": "approve"} | row_of(asked()))

    assert shown(refused) == []
    assert "Pay (not shown yet)" in words(refused)


def test_where_a_lower_risk_asks_for_it_the_sheet_leaves_the_question_out(bob: Any) -> None:
    interrupt = asked(risk="low", policy={"risk": "low", "retype": ["/amount"]})

    sheet = bob.post("/inbox/bulk/", {"act": "approve"} | row_of(interrupt))

    assert "its policy wants it decided by itself" in words(sheet)
    assert shown(sheet) == []


def test_the_run_leaves_it_out_of_all_it_shows(bob: Any) -> None:
    interrupt = asked()
    run = interrupt.run
    run.input = {"amount": 4321.5, "memo": "4,321.50 please"}
    run.save()
    asked(run=run, status="stale")
    audit.append(run, "run.started")
    audit.append(run, "question.asked", interrupt=interrupt)

    page = bob.get(f"/runs/{run.pk}/")

    assert shown(page) == []
    assert "Pay (not shown yet)" in words(page)


def test_raw_data_leave_it_out_and_say_so(bob: Any) -> None:
    interrupt = asked()

    for address in (f"{place(interrupt)}raw/", f"/runs/{interrupt.run_id}/raw/"):
        data = json.loads(bob.get(address).content)

        assert "left out until the question is decided" in data["left_out"]
    assert shown(bob.get(f"{place(interrupt)}raw/")) == []


def test_the_input_of_its_run_leaves_it_out_of_its_raw_data(bob: Any) -> None:
    interrupt = asked()
    interrupt.run.input = {"amount": 4321.5}
    interrupt.run.save()

    assert shown(bob.get(f"/runs/{interrupt.run_id}/raw/")) == []


def test_earlier_states_open_once_it_is_decided(bob: Any) -> None:
    interrupt = asked()
    state = make_history(interrupt.run)[1]
    address = f"/runs/{interrupt.run_id}/history/{state.checkpoint_id}/"

    for page in (bob.get(address), bob.get(f"{address}raw/"), bob.post(f"{address}fork/")):
        assert page.status_code == 403
        assert "wants a value from you before you see the agent's" in words(page)

    make_decision(interrupt)

    assert bob.get(address).status_code == 200


def test_colleagues_who_quote_it_are_not_heard_yet(bob: Any) -> None:
    interrupt, carol = asked(), make_user("carol", "reviewers")
    comment(interrupt.pk, author=carol, body="@bob it really is 4,321.50")

    for page in (
        bob.get(place(interrupt)),
        bob.get(f"{place(interrupt)}comments/", **HTMX),
        bob.get("/notifications/"),
    ):
        assert shown(page) == []
        assert "it really is (not shown yet)" in words(page)


def test_a_comment_that_cannot_be_kept_comes_back_below_a_title_without_it(bob: Any) -> None:
    page = bob.post(f"{place(asked())}comments/", {"body": "x" * 10_001})

    assert (page.status_code, shown(page)) == (422, [])


@pytest.mark.parametrize("groups", [("auditors",), ("requesters",)])
def test_who_does_not_decide_it_reads_it_as_it_is(as_user: Any, groups: tuple[str]) -> None:
    asked()

    assert "Pay 4,321.50" in words(as_user("alice", *groups).get("/"))


def test_whose_group_does_not_decide_it_reads_it_as_it_is(bob: Any) -> None:
    asked(policy={"risk": "critical", "retype": ["/amount"], "groups": ["supervisors"]})

    assert "Pay 4,321.50" in words(bob.get("/"))


def test_what_is_held_keeps_it_to_itself(bob: Any) -> None:
    interrupt = asked(held_reason="other_code")

    assert shown(bob.get("/")) == []
    assert shown(bob.get(place(interrupt))) == []


def test_once_decided_it_is_in_every_list(bob: Any) -> None:
    interrupt = asked()
    make_decision(interrupt)

    assert "Pay 4,321.50" in words(bob.get("/?view=decided"))
    assert "Pay 4,321.50" in words(bob.get(f"/runs/{interrupt.run_id}/"))


def test_three_such_rows_cost_as_much_as_one(
    bob: Any, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    asked()
    with django_assert_max_num_queries(10) as one:
        bob.get("/")
    asked()
    asked()

    with django_assert_num_queries(len(one)):
        page = bob.get("/")

    assert shown(page) == []
