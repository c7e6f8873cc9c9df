"""What an agent's own model has against a change of an earlier state, before a run is made."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.exceptions import InvalidInput
from approvals.models import Run
from tests.approvals.driving.test_samples import REFUND
from tests.approvals.travel.conftest import before
from tests.approvals.travel.test_forking import Drive, Read, Started, fork

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("values", "pointer", "said"),
    [
        ({"amount": "999.00"}, "", "exceeds the returned items"),
        ({"amount": "12.345"}, "/amount", "after the point"),
        ({"items": []}, "/items", "at least 1"),
        ({"approved": True}, "/approved", "is not a field that can be changed here"),
        ({"_langvel": {}}, "/_langvel", "is not a field that can be changed here"),
    ],
)
def test_a_change_that_does_not_fit_is_pointed_at(
    started: Started, read: Read, values: dict[str, Any], pointer: str, said: str
) -> None:
    run = started("refunds", input=REFUND)
    place = before(read(run), run.interrupts.get().node)

    with pytest.raises(InvalidInput) as refused:
        fork(run, place, **values)

    (fault,) = refused.value.errors
    assert fault["pointer"] == pointer
    assert said in fault["message"]
    assert Run.objects.count() == 1


def test_a_change_of_rich_values_reaches_the_graph(
    started: Started, drive: Drive, read: Read
) -> None:
    run = started("refunds", input=REFUND)
    place = before(read(run), run.interrupts.get().node)
    card = {"kind": "card", "last4": "4242"}

    again = drive(fork(run, place, amount="100.00", method=card))

    asked = again.interrupts.get().actions[0]["args"]
    assert (asked["amount"], asked["method"]) == ("100.00", card)
