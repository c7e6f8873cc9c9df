"""No axe finding in what lies over a page, in what is empty, and in what went wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from approvals.services.decisions import decide
from tests.browser.conftest import live
from tests.browser.test_accessibility import LOOKS, findings
from tests.factories import make_agent, make_interrupt, make_run, make_user

Visit = Callable[..., Page]
PEOPLE = ("supervisors", "operators")


@pytest.fixture(params=LOOKS)
def look(request: Any) -> dict[str, Any]:
    return LOOKS[request.param]


def decided_by_carol(question: Any) -> None:
    decide(
        question.pk, actor=make_user("carol", "reviewers"), version=1, digest=question.digest,
        decisions=[{"type": "reject"}], via="api", auth_method="token",
    )  # fmt: skip


def test_the_sheets_over_a_page_have_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    page = live(visit("/", "bob", *PEOPLE, **look))
    page.keyboard.press("Control+k")
    expect(page.locator(".palette-input")).to_be_focused()
    palette = findings(page)
    page.keyboard.type("no such thing")
    expect(page.locator(".command-search")).to_be_visible()
    searching = findings(page)
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_selector("#sheet[open] .key-groups")

    assert (palette, searching, findings(page)) == ([], [], [])


def test_deciding_many_at_once_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    questions = [make_interrupt(title=f"Pay {at}.00", risk="low") for at in range(3)]
    make_interrupt(risk="high", title="Wipe")
    page = visit("/", "bob", *PEOPLE, **look)
    for box in page.locator("[name=item]").all():
        box.check()
    selecting = findings(page)
    page.get_by_role("button", name=re.compile("^Approve")).click()
    page.wait_for_selector("#sheet[open] h1")
    preview = findings(page)
    decided_by_carol(questions[0])
    page.locator("#sheet").get_by_role("button", name=re.compile("^Approve")).click()
    page.wait_for_selector("#sheet .left-out a")

    assert (selecting, preview, findings(page)) == ([], [], [])


def test_nothing_to_show_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    found = {}
    for path in (
        "/", "/?view=mine", "/?view=snoozed", "/?status=done", "/runs/", "/agents/", "/decided/",
        "/views/", "/notifications/", "/insights/",
    ):  # fmt: skip
        if problems := findings(visit(path, "bob", *PEOPLE, **look)):
            found[path] = problems

    assert found == {}


def test_a_question_another_person_decided_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    first, second = make_interrupt(), make_interrupt()
    page = live(visit(f"/interrupts/{first.pk}/", "bob", *PEOPLE, **look))
    page.locator("[name='/note']").fill("half a thought")
    decided_by_carol(first)
    page.wait_for_selector("#banner[data-freeze]")
    taken_over = findings(page)
    page.route(re.compile("/(banner|parts)/"), lambda route: route.fulfill(status=204))
    page.goto(page.url.replace(f"/{first.pk}/", f"/{second.pk}/"))
    decided_by_carol(second)
    page.locator(".bar .approve").evaluate("(button) => button.form.requestSubmit(button)")
    page.wait_for_selector("#banner .banner.warn")

    assert (taken_over, findings(page)) == ([], [])


def test_a_decision_that_can_be_undone_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    first, _ = make_interrupt(policy={"undo_seconds": 60}), make_interrupt()
    page = visit(f"/interrupts/{first.pk}/", "bob", *PEOPLE, **look)
    page.locator(".bar .approve").click()
    page.wait_for_selector(".toast.held")

    assert findings(page) == []


def test_a_refused_start_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    make_agent()
    page = visit("/agents/payments/start/", "ann", "requesters", **look)
    page.get_by_role("button", name=re.compile("Start")).last.click()
    page.wait_for_selector(".sf-errors")

    assert findings(page) == []


def test_errors_have_no_finding(transactional_db: None, visit: Visit, look: dict[str, Any]) -> None:
    finished = make_run(status="success", requested_by=make_user("carol", "reviewers"))
    page = visit("/", "carol", "reviewers", **look)
    page.route(
        "**/broken/",
        lambda route: route.fulfill(content_type="text/html", body=render_to_string("500.html")),
    )
    found = {}
    for name, send in {
        "400": lambda: post(page, "/inbox/bulk/"),
        "409": lambda: post(page, f"/runs/{finished.pk}/cancel/"),
        "403": lambda: post(page, "/agents/payments/start/"),
        "404": lambda: page.goto(at(page, "/nowhere/")),
        "500": lambda: page.goto(at(page, "/broken/")),
    }.items():
        page.goto(at(page, "/"))
        send()
        page.wait_for_selector(".error-code")
        found[name] = (page.locator(".error-code").text_content(), findings(page))

    assert found == {code: (code, []) for code in found}


def at(page: Page, path: str) -> str:
    return "/".join(page.url.split("/")[:3]) + path


def post(page: Page, path: str) -> None:
    """A form nobody could have sent by clicking."""
    page.evaluate(
        """(path) => {
          const form = Object.assign(document.createElement("form"), {method: "post", action: path});
          form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
          document.body.append(form);
          form.submit();
        }""",
        path,
    )
