"""Going back in a run: a person opens an earlier state, changes it and begins a new run with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from approvals.models import Interrupt, Run
from approvals.services.runs import start_run
from tests.browser.conftest import NARROW, WIDE
from tests.factories import make_user

Visit = Callable[..., Page]

LOOKS = {
    "light": {"color_scheme": "light", "viewport": WIDE},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
    "telephone": {"color_scheme": "light", "viewport": NARROW},
}
ORDER = {"order_id": "ORD-7", "amount": 15000, "customer_id": "CUST-4"}


@pytest.fixture
def run(worker: None) -> Run:
    """A run that waits at its gate."""
    alice = make_user("alice", "requesters")
    return start_run(agent_key="orders", input=ORDER, requested_by=alice, via="page")


def waits(run: Run) -> bool:
    return Interrupt.objects.filter(run=run, status="pending").exists()


def until(page: Page, happened: Callable[[], bool]) -> None:
    for _ in range(200):
        if happened():
            return
        page.wait_for_timeout(50)
    pytest.fail("it never happened")


def to_a_state(page: Page, run: Run, name: str) -> None:
    """By the links a person would follow; the list fills as soon as a worker has read it."""
    page.get_by_role("link", name="Open them").click()
    page.get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name).wait_for()


def findings(page: Page) -> list[Any]:
    violations = Axe().run(page).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in violations]


def fits(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("look", LOOKS)
def test_an_operator_changes_an_earlier_state_and_goes_on_from_it(
    run: Run, visit: Visit, look: str
) -> None:
    page = visit(f"/runs/{run.pk}/", "olga", "operators", **LOOKS[look])
    until(page, lambda: waits(run))
    to_a_state(page, run, "After validate_order")
    assert (findings(page), fits(page)) == ([], True)

    page.get_by_text("Fork from here").click()
    page.get_by_label("Amount").fill("much")
    page.get_by_role("button", name="Fork").click()
    page.locator(".sf-errors").wait_for()
    assert (findings(page), fits(page)) == ([], True)
    page.get_by_label("Amount").fill("20000")
    page.get_by_role("button", name="Fork").click()

    page.get_by_role("link", name=f"run {run.pk}", exact=True).wait_for()
    page.get_by_text("Process order ORD-7 for 20,000.00").first.wait_for()
    assert (findings(page), fits(page)) == ([], True)
    page.get_by_role("link", name=f"run {run.pk}", exact=True).click()
    page.get_by_role("link", name="Earlier states").click()
    page.get_by_role("link", name="Input").wait_for()
    assert (findings(page), fits(page)) == ([], True)


def test_without_javascript_the_same_can_be_done(run: Run, visit: Visit) -> None:
    page = visit(f"/runs/{run.pk}/", "olga", "operators", java_script_enabled=False)
    until(page, lambda: waits(run))
    page.get_by_role("link", name="Open them").click()
    until(page, lambda: run.checkpoints.exists())
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("link", name="After validate_order").click()

    page.get_by_text("Fork from here").click()
    page.get_by_label("Amount").fill("20000")
    page.get_by_role("button", name="Fork").click()

    page.get_by_text("Forked. The new run goes on from there.").wait_for()
    assert Run.objects.get(parent=run).fork_values == {"amount": 20000.0}
