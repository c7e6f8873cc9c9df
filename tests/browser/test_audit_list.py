"""The audit list on a telephone: each entry a card, nothing beyond the edge of the screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from approvals import audit
from tests.browser.conftest import NARROW, sign_in
from tests.factories import make_decision, make_user


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_audit_list_fits_a_telephone(
    transactional_db: None, site: str, chromium: Browser, scheme: str
) -> None:
    question = make_decision().interrupt
    audit.append(question.run, "question.timeout_failed", interrupt=question)
    make_user("audrey", "auditors", is_staff=True)
    context = chromium.new_context(viewport=NARROW, color_scheme=scheme)
    page = context.new_page()
    sign_in(page, site, "audrey")

    page.goto(f"{site}/admin/approvals/auditentry/")

    wide = page.evaluate(
        "[document.scrollingElement, document.querySelector('.results')]"
        ".map((one) => one.scrollWidth - one.clientWidth)"
    )
    label = page.locator("td.field-what").first.evaluate(
        "(cell) => getComputedStyle(cell, '::before').content"
    )
    context.close()
    assert wide == [0, 0]
    assert "Action" in label
