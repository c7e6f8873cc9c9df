"""From high risk on, the first press leads to one's changes and the second one sends them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.approvals.web.reading import fields
from tests.factories import make_interrupt

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_registered")]


def pressed(bob: Any, *, risk: str, **edits: str) -> str:
    interrupt = make_interrupt(risk=risk, policy={"risk": risk, "confirm": True})
    place = f"/interrupts/{interrupt.pk}/"
    said = {"verb": "approve"} | edits
    html: str = bob.post(f"{place}decide/", fields(bob.get(place)) | said).content.decode()
    return html


@pytest.mark.parametrize(
    ("risk", "edits", "where"),
    [
        ("high", {"/amount": "80"}, "<h2 tabindex"),
        ("critical", {"/amount": "80"}, "<h2 tabindex"),
        ("high", {}, 'id="confirm"'),
        ("medium", {"/amount": "80"}, 'id="confirm"'),
    ],
)
def test_the_first_press_leads_to_what_is_to_be_looked_at(
    bob: Any, risk: str, edits: dict[str, str], where: str
) -> None:
    html = pressed(bob, risk=risk, **edits)

    focused = [tag for tag in html.split("<") if tag.partition(">")[0].endswith("data-focus")]
    assert len(focused) == 1
    assert where.removeprefix("<") in focused[0]
