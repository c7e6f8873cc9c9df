"""No axe finding where a page stands still, is out of date, or what it sent was not saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from approvals import audit
from approvals.driving.settling import REWORDED
from approvals.models import Interrupt
from approvals.news import item, run_updated
from tests.browser.conftest import live, sign_in
from tests.browser.test_accessibility import DJANGOS, LOOKS, findings
from tests.browser.test_accessible_states import PEOPLE
from tests.browser.test_standing_still import Wire, pause
from tests.factories import (
    ACTION,
    make_decision,
    make_history,
    make_interrupt,
    make_run,
    make_user,
)

Visit = Callable[..., Page]


@pytest.fixture(params=LOOKS)
def look(request: Any) -> dict[str, Any]:
    return LOOKS[request.param]


@pytest.fixture
def audited(transactional_db: None, site: str, chromium: Browser, look: Any) -> Iterator[Page]:
    """An auditor's page, in the admin."""
    make_user("audrey", "auditors", is_staff=True)
    context = chromium.new_context(**look)
    sign_in(context.new_page(), site, "audrey")
    yield context.pages[0]
    context.close()


def at(page: Page, path: str) -> Page:
    page.goto("/".join(page.url.split("/")[:3]) + path)
    return page


def shown(toast: Locator) -> None:
    """It is there, in its full colours."""
    expect(toast).to_be_visible()
    toast.evaluate("(one) => Promise.all(one.getAnimations().map((move) => move.finished))")


def of_ours(page: Page) -> list[Any]:
    return [one for one in findings(page) if one[0] not in DJANGOS]


def asked_in_other_words(question: Interrupt, **args: Any) -> Interrupt:
    """The same step asks once more, about other values; the first question is out of date."""
    question.status, question.closed_reason, question.version = "stale", REWORDED, 2
    question.save()
    item("updated", question)
    return make_interrupt(run=question.run, actions=[ACTION | {"args": ACTION["args"] | args}])


def test_a_page_that_stands_still_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    question = make_interrupt()
    page = live(visit("/", "bob", *PEOPLE, **look))
    pause(page)
    quiet = findings(page)
    run_updated(make_run())
    item("created", make_interrupt())
    expect(page.locator(".paused-words")).to_have_text("Paused · 2 changes")
    counting = findings(page)
    at(page, f"/interrupts/{question.pk}/")
    expect(page.locator(".paused-words")).to_have_text("Paused")

    assert (quiet, counting, findings(page)) == ([], [], [])


@pytest.mark.parametrize("path", ["/", "/runs/", "/interrupts/{}/"])
def test_a_page_that_lost_its_socket_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any], path: str
) -> None:
    question, wire = make_interrupt(), Wire()
    page = visit("/keys/", "bob", *PEOPLE, **look)
    page.clock.install()
    page.route_web_socket("**/ws/inbox/", wire)
    live(at(page, path.format(question.pk)))
    wire.cut()
    page.clock.fast_forward(31_000)
    expect(page.locator("#live")).to_have_text("Reconnecting…")
    shown(page.locator(".toast.outdated"))

    assert findings(page) == []


def test_a_list_that_cannot_be_caught_up_with_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any], forgive: Callable[..., None]
) -> None:
    forgive("htmx:error: timeout")
    make_interrupt()
    wire = Wire()
    page = visit("/keys/", "bob", *PEOPLE, **look)
    page.clock.install()
    page.route_web_socket("**/ws/inbox/", wire)
    live(at(page, "/"))
    wire.cut()
    page.clock.fast_forward(3_000)
    expect(page.locator("#live")).to_have_text("Reconnecting…")
    wire.mend()
    page.clock.fast_forward(16 * 60_000)
    expect(page.locator(".pill")).to_contain_text("This list is out of date")

    assert findings(page) == []


def test_a_question_that_is_asked_in_other_words_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    question = make_interrupt()
    page = live(visit(f"/interrupts/{question.pk}/", "bob", *PEOPLE, **look))
    page.get_by_label("Amount").fill("70")
    page.locator("[name='/note']").fill("half a thought")
    expect(page.locator("#keep")).to_contain_text("Draft saved")

    anew = asked_in_other_words(question, amount=120.0)
    page.wait_for_selector("#banner[data-freeze]")
    outdated = findings(page)
    at(page, f"/interrupts/{anew.pk}/")
    expect(page.locator("#draft")).to_contain_text("Changed by the agent too")

    assert (outdated, findings(page)) == ([], [])


def test_an_answer_to_what_has_changed_meanwhile_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    question = make_interrupt()
    page = visit(f"/interrupts/{question.pk}/", "bob", *PEOPLE, **look)
    page.locator("[name='/note']").fill("half a thought")
    Interrupt.objects.filter(pk=question.pk).update(version=2)
    page.locator(".bar .approve").click()
    expect(page.locator("#banner")).to_contain_text("what you typed is still here")

    assert findings(page) == []


def test_an_answer_that_was_not_saved_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any], forgive: Callable[..., None]
) -> None:
    forgive("status of 503")
    question = make_interrupt()
    page = visit(f"/interrupts/{question.pk}/", "bob", *PEOPLE, **look)
    page.route(re.compile("/(decide|bulk/do)/"), lambda route: route.fulfill(status=503))
    page.locator(".bar .approve").click()
    shown(page.locator(".toast.failed"))
    alone = findings(page)
    at(page, "/")
    page.locator("[name=item]").check()
    page.get_by_role("button", name=re.compile("^Approve")).click()
    page.locator("#sheet").get_by_role("button", name=re.compile("^Approve")).click()
    shown(page.locator("#sheet .toast.failed"))

    assert (alone, findings(page)) == ([], [])


def test_a_rejection_of_many_with_a_reason_has_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    for _ in range(2):
        make_interrupt(
            policy={"reasons": ["wrong amount", "duplicate"], "reason_required": True}, risk="low"
        )
    page = visit("/", "bob", *PEOPLE, **look)
    for box in page.locator("[name=item]").all():
        box.check()
    page.get_by_role("button", name=re.compile("^Reject")).click()
    sheet = page.locator("#sheet")
    sheet.get_by_role("radio", name="duplicate").check()

    assert findings(page) == []


def test_the_steps_of_a_run_have_no_finding(
    transactional_db: None, visit: Visit, look: dict[str, Any]
) -> None:
    run = make_interrupt().run
    audit.append(run, "run.started", actor=make_user("alice", "requesters"))
    reading = findings(visit(f"/runs/{run.pk}/?steps=1", "bob", *PEOPLE, **look))
    make_history(run)
    page = visit(f"/runs/{run.pk}/?steps=1", "bob", *PEOPLE, **look)
    expect(page.locator(".timeline")).to_contain_text("took 1.0 s")

    assert (reading, findings(page)) == ([], [])


def test_the_audit_list_and_its_filters_have_no_finding_but_djangos_own(audited: Page) -> None:
    decision = make_decision(reason_code="wrong amount")
    audit.append(decision.interrupt.run, "question.decided", interrupt=decision.interrupt)
    audit.append(None, "state.viewed", model="run", row="1")
    found = {
        path: of_ours(at(audited, path))
        for path in (
            "/admin/approvals/auditentry/?action=question.decided",
            "/admin/approvals/auditentry/?q=nothing",
            "/admin/approvals/decision/",
            "/admin/approvals/decision/?reason_code=wrong+amount",
        )
    }

    assert {path: problems for path, problems in found.items() if problems} == {}
