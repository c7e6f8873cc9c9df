"""No axe finding on any page: light, dark, and on a telephone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone

from agents import registry
from approvals import audit
from approvals.models import AuditEntry, Interrupt
from approvals.services.agents import publish
from tests.approvals.web.test_run_states import DRAWING
from tests.approvals.web.test_several_actions import ASK, MAIL, WIPE
from tests.approvals.web.test_verbs import STOPPED, TYPED
from tests.browser.conftest import NARROW, WIDE, sign_in
from tests.factories import (
    ACTION,
    QUESTION_ACTION,
    make_agent,
    make_decision,
    make_history,
    make_interrupt,
    make_run,
    make_user,
)

LOOKS = {
    "light": {"color_scheme": "light", "viewport": WIDE},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
    "telephone": {"color_scheme": "light", "viewport": NARROW},
}


DJANGOS = ("label-title-only", "empty-table-header")
"""What axe says of the search field and the lists of every Django admin."""


@pytest.fixture(params=LOOKS)
def look(request):
    return LOOKS[request.param]


@pytest.fixture
def everything(transactional_db):
    """A row of each kind, and the addresses of the pages that show them."""
    make_agent("mails", title="Mails", description="Drafts letters.")
    publish([registry.load("refunds")])
    soon = timezone.now() + timedelta(minutes=20)
    rich = make_interrupt(
        risk="critical", effect="Pays 100.00 to \u202eES91.", summary="to ES91", due_at=soon,
        description="**Why**: above the limit\n\n- new account", state={"customer": {"name": "Ana"}},
    )  # fmt: skip
    for risk in ("low", "medium", "high"):
        make_interrupt(risk=risk, due_at=soon - timedelta(hours=1))
    plain = make_interrupt(
        dialect="plain", actions=[QUESTION_ACTION | {"args": {"a": [1, {"b": 2}]}}]
    )
    frozen = make_interrupt(actions=[ACTION | {"allowed": ["approve", "reject", "respond"]}])
    done = make_interrupt()
    make_decision(
        done, verb="edit", decisions=[{"type": "edit", "args": {"amount": 5.0, "note": "x"}}]
    )
    failed = make_run(
        status="error", error={"type": "E", "message": "m", "node": "n", "detail": "d"}
    )
    audit.append(failed, "run.started", actor=make_user("alice", "requesters"))
    audit.append(failed, "run.failed", type="E", message="m")
    many = make_interrupt(
        dialect="langchain_batched", actions=[MAIL, WIPE, ASK],
        state={"messages": [{"type": "human", "content": f"Line {at}"} for at in range(9)]},
    )  # fmt: skip
    held = make_interrupt(held_reason="The code has changed.")
    careful = make_interrupt(
        risk="high",
        policy={
            "why": ["Amount is above 50."], "flagged": ["/amount"], "notes": {"/amount": "Compare."},
            "retype": ["/amount"], "reason_required": True, "confirm": True, "unlooked": 1,
        },
    )  # fmt: skip
    make_decision(
        make_interrupt(policy={"undo_seconds": 100}), effective_at=soon, reason="In a hurry"
    )
    typed = make_interrupt(dialect="response_schema", actions=[TYPED])
    stopped = make_interrupt(dialect="breakpoint", actions=[STOPPED])
    drawn = make_run(
        agent=make_agent("drawn", drawing=DRAWING), status="error",
        error={"type": "EffectUncertain", "message": "x" * 5000, "node": "pay", "detail": "d"},
    )  # fmt: skip
    make_decision(make_interrupt(run=drawn, node="gate"))
    make_interrupt(run=drawn, status="superseded", closed_reason="Another program answered.")
    audit.append(drawn, "question.asked", interrupt=drawn.interrupts.first())
    return [
        "/", "/?status=done", "/?q=nothing", f"/interrupts/{rich.pk}/", f"/interrupts/{plain.pk}/",
        f"/interrupts/{frozen.pk}/", f"/interrupts/{done.pk}/", "/runs/", "/runs/?status=cancelled",
        f"/runs/{failed.pk}/", f"/runs/{done.run_id}/", "/agents/", "/agents/payments/start/",
        "/agents/refunds/", "/nowhere/", f"/interrupts/{many.pk}/", f"/interrupts/{held.pk}/",
        f"/interrupts/{typed.pk}/", f"/interrupts/{stopped.pk}/", f"/runs/{drawn.pk}/",
        f"/interrupts/{careful.pk}/", "/decided/",
        "/insights/", "/insights/?range=30d", "/notifications/",
        "/?view=snoozed", "/?q=risk:huge", f"/?item={rich.pk}", "/settings/", "/keys/", "/palette/",
        "/views/", f"/interrupts/{rich.pk}/comments/", f"/runs/{drawn.pk}/history/",
        f"/runs/{drawn.pk}/history/{make_history(drawn)[1].checkpoint_id}/",
    ]  # fmt: skip


def findings(page):
    violations = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in violations]


def test_no_page_has_a_finding(everything, visit, look):
    found = {}
    for path in everything:
        page = visit(path, "bob", "supervisors", "operators", **look)
        page.wait_for_timeout(50)
        if problems := findings(page):
            found[path] = problems

    assert found == {}


def test_the_admin_has_no_finding_but_djangos_own(everything, site, chromium, look):
    make_user("audrey", "auditors", is_staff=True)
    context = chromium.new_context(**look)
    sign_in(context.new_page(), site, "audrey")
    found = {}
    for path in (
        "/admin/", "/admin/approvals/auditentry/", "/admin/approvals/run/",
        f"/admin/approvals/auditentry/{AuditEntry.objects.latest('pk').pk}/change/",
        f"/admin/approvals/interrupt/{Interrupt.objects.latest('pk').pk}/change/",
    ):  # fmt: skip
        context.pages[0].goto(site + path)
        if problems := [one for one in findings(context.pages[0]) if one[0] not in DJANGOS]:
            found[path] = problems

    assert found == {}
    context.close()


def test_what_is_missing_and_the_second_press_have_no_finding(transactional_db, visit, look):
    policy = {"flagged": ["/amount"], "reason_required": True, "confirm": True}
    interrupt = make_interrupt(policy=policy, effect="Pays 100.00 to Ana.")
    page = visit(f"/interrupts/{interrupt.pk}/", "bob", "reviewers", **look)

    page.get_by_role("button", name="Approve").click()
    page.wait_for_selector("#problems")
    lacking = findings(page)
    page.get_by_label("Amount", exact=True).last.check()
    page.get_by_label("Reason, required").fill("invoice 7")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_selector("#confirm")

    assert (lacking, findings(page)) == ([], [])


def test_the_door_has_no_finding(site, chromium, look):
    page = chromium.new_context(**look).new_page()
    page.goto(f"{site}/login/")
    page.get_by_label("User name").fill("x")
    page.get_by_label("Password").fill("x")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_selector("#sign-in-problem")

    assert findings(page) == []
    page.context.close()


def test_a_refused_edit_has_no_finding(everything, visit, look):
    page = visit(everything[3], "bob", "supervisors", **look)
    page.get_by_label("Amount").fill("much")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_selector(".sf-errors")

    assert findings(page) == []


def test_a_refused_answer_to_several_actions_has_no_finding(everything, visit, look):
    page = visit(everything[15], "bob", "supervisors", **look)
    page.locator("#action-0").get_by_label("Reject").check()
    page.get_by_role("button", name="Send 3 decisions").click()
    page.wait_for_selector("#problems")

    assert findings(page) == []


def test_open_panels_have_no_finding(everything, visit, look):
    page = visit(everything[5], "bob", "supervisors", **look)
    page.get_by_text("Reject…").click()
    assert findings(page) == []
    page.get_by_text("Respond…").click()
    assert findings(page) == []
    page.get_by_label("Your menu").click()
    assert findings(page) == []


@pytest.mark.parametrize("width", [320, 390])
def test_no_page_scrolls_sideways_on_a_narrow_screen(everything, visit, width):
    wide = []
    for path in everything:
        page = visit(path, "bob", "supervisors", viewport={"width": width, "height": 700})
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wide.append(path)

    assert wide == []


@pytest.mark.parametrize("width", [320, 390])
def test_every_section_is_in_sight_on_a_narrow_screen(transactional_db, visit, width):
    for _ in range(120):
        make_interrupt()
    page = visit("/insights/", "bob", "reviewers", viewport={"width": width, "height": 700})

    tabs = page.locator(".tabs a")
    page.mouse.wheel(0, 2000)
    places = [tab.bounding_box() for tab in tabs.all()]

    assert [tab.text_content() for tab in tabs.all()][1:] == ["Runs", "Agents", "Insights"]
    assert all(place["x"] >= 0 and place["x"] + place["width"] <= width for place in places)
    assert all(place["y"] >= 0 and place["height"] >= 24 for place in places)
    assert page.locator(".tabs").evaluate("(row) => row.scrollWidth <= row.clientWidth")
