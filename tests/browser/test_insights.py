"""The charts of the insights, measured on the smallest telephone and on a desk."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from approvals.models import Decision, Interrupt, Opening
from tests.factories import make_agent, make_decision, make_interrupt, make_run, make_user

OVERLAPS = """() => [...document.querySelectorAll("svg.chart")].flatMap((chart) => {
  const shown = (selector) => [...chart.querySelectorAll(selector)]
    .map((one) => ({ text: one.textContent, box: one.getBoundingClientRect() }))
    .filter(({ box }) => box.width);
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  const texts = shown("text");
  const pairs = texts.flatMap((one, at) => texts.slice(at + 1).filter((other) => meet(one.box, other.box)).map((other) => [one.text, other.text]));
  const covered = shown(".chart-mark").filter((mark) => shown("rect").some((rect) => meet(mark.box, rect.box)));
  return [...pairs, ...covered.map((mark) => [mark.text, "a column"])];
})"""


@pytest.fixture
def busy(transactional_db):
    """A month of decisions, by two agents with long names."""
    bob, now = make_user("bob", "reviewers"), timezone.now()
    for key in ("payments", "long"):
        title = "Payments" if key == "payments" else "Customer onboarding and verification"
        run = make_run(agent=make_agent(key, title=title))
        for day in range(0, 30, 2):
            asked_at = now - timedelta(days=day, minutes=1 + 40 * day)
            made = make_decision(make_interrupt(run=run, node="gate"), actor=bob)
            Interrupt.objects.filter(pk=made.interrupt_id).update(created_at=asked_at)
            Decision.objects.filter(pk=made.pk).update(created_at=now - timedelta(days=day))
            Opening.objects.create(interrupt=made.interrupt, reviewer=bob, opened_at=asked_at)


@pytest.mark.parametrize("range", ["24h", "7d", "30d"])
def test_no_word_of_a_chart_covers_another_or_a_column(busy, visit, range):
    page = visit(f"/insights/?range={range}", "carol", "supervisors")

    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert (width, page.evaluate(OVERLAPS)) == (width, [])
