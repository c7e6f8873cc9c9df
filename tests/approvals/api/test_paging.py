from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.approvals.api.client import V1, bob, pointers, refused
from tests.factories import make_interrupt, make_run

pytestmark = pytest.mark.django_db

QUEUE = f"{V1}/interrupts/?status=pending"


def ids(page: Any) -> list[int]:
    return [row["id"] for row in page["results"]]


@pytest.fixture
def waiting() -> list[int]:
    """Seven questions, in order of urgency; most of them equally urgent."""
    run = make_run()
    risks = ("critical", "high", "high", "high", "high", "high", "low")
    return [make_interrupt(run=run, risk=risk).pk for risk in risks]


def walked(client: APIClient, page: Any, direction: str) -> list[list[int]]:
    found = [ids(page)]
    while page[direction]:
        page = client.get(page[direction]).json()
        found.append(ids(page))
    return found


def test_next_leads_through_the_whole_list(waiting: list[int]) -> None:
    client = bob()

    pages = walked(client, client.get(f"{QUEUE}&page_size=3").json(), "next")

    assert pages == [waiting[:3], waiting[3:6], waiting[6:]]


def test_previous_leads_all_the_way_back(waiting: list[int]) -> None:
    client = bob()
    page = client.get(f"{QUEUE}&page_size=3").json()
    while page["next"]:
        page = client.get(page["next"]).json()

    pages = walked(client, page, "previous")

    assert pages == [waiting[6:], waiting[3:6], waiting[:3]]


def test_a_single_page_leads_nowhere(waiting: list[int]) -> None:
    page = bob().get(QUEUE).json()

    assert (ids(page), page["next"], page["previous"]) == (waiting, None, None)


def test_a_full_last_page_leads_no_further(waiting: list[int]) -> None:
    assert bob().get(f"{QUEUE}&page_size=7").json()["next"] is None


def test_rows_that_come_and_go_are_neither_repeated_nor_skipped(waiting: list[int]) -> None:
    client = bob()
    page = client.get(f"{QUEUE}&page_size=3").json()
    make_interrupt(risk="critical")

    assert ids(client.get(page["next"]).json()) == waiting[3:6]


def test_links_keep_the_filters(waiting: list[int]) -> None:
    client = bob()

    page = client.get(f"{QUEUE}&risk=high&page_size=2").json()

    assert ids(client.get(page["next"]).json()) == waiting[3:5]


def test_an_empty_list_has_no_neighbours() -> None:
    assert bob().get(QUEUE).json() == {"results": [], "next": None, "previous": None}


def test_a_page_has_a_hundred_rows_at_most() -> None:
    run = make_run()
    for _ in range(101):
        make_interrupt(run=run)

    assert len(ids(bob().get(f"{QUEUE}&page_size=5000").json())) == 100


def test_runs_are_paged_too() -> None:
    runs = [make_run().pk for _ in range(3)]
    client = bob()

    pages = walked(client, client.get(f"{V1}/runs/?page_size=2").json(), "next")

    assert pages == [[runs[2], runs[1]], [runs[0]]]


DUE = "2026-01-02T00:00:00+00:00"


def cursor(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "made_up",
    [
        "x",
        "ü",
        "%00",
        "a" * 5000,
        base64.b64encode(b"[" * 9000).decode(),
        base64.b64encode(b"\xff\xfe").decode(),
        cursor(),
        cursor("after"),
        cursor("after", 1, 2),
        cursor("after", 1, DUE, "2026-01-01T00:00:00", 3),
        cursor("after", 1, DUE, "yesterday", 3),
        cursor("after", 1, "tomorrow", DUE, 3),
        cursor("after", 1, DUE, "0001-01-01T00:00:00+23:59", 3),
        cursor("after", 1, DUE, "9999-12-31T23:59:59-23:59", 3),
        cursor("after", "1", DUE, "2026-01-01T00:00:00+00:00", 3),
        cursor("after", True, DUE, "2026-01-01T00:00:00+00:00", 3),
        cursor("after", 1, DUE, "2026-01-01T00:00:00+00:00", 3, 4),
    ],
)
def test_a_cursor_that_was_made_up_is_malformed(made_up: str) -> None:
    response = bob().get(f"{QUEUE}&cursor={made_up}")

    assert refused(response) == (400, "malformed")
    assert pointers(response) == ["/cursor"]


@pytest.mark.parametrize(
    "extreme",
    [
        cursor("after", 10**40, DUE, "2026-01-01T00:00:00+00:00", 10**40),
        cursor("before", -(10**40), DUE, "0001-01-01T00:00:00+00:00", 0),
        cursor("after", 1, "9999-12-31T23:59:59+23:59", "9999-12-31T23:59:59+23:59", 3),
    ],
)
def test_a_cursor_of_extreme_values_is_a_place_in_the_list(extreme: str) -> None:
    assert bob().get(f"{QUEUE}&cursor={extreme}").status_code == 200


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_cursor_of_text_that_cannot_be_stored_is_malformed(name: str) -> None:
    response = bob().get(f"{V1}/agents/?cursor={cursor('after', name)}")

    assert refused(response) == (400, "malformed")
