"""That docs/api.md names what the API has: its addresses, its scopes and its refusals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from approvals.api.urls import urlpatterns
from approvals.exceptions import ApprovalsError, Conflict, Invalid
from approvals.models import Token
from approvals.services.views import InvalidView

API = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
SAID_BY_PAGES_ALONE = {Conflict, InvalidView}


def kinds(base: type[ApprovalsError]) -> Iterator[type[ApprovalsError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


REFUSALS = sorted(
    {
        (kind.status, kind.code)
        for kind in {*kinds(ApprovalsError), Invalid} - SAID_BY_PAGES_ALONE
        if kind.__module__.startswith("approvals.")
    }
)


@pytest.mark.parametrize(("status", "code"), REFUSALS)
def test_every_refusal_is_listed_with_its_status(status: int, code: str) -> None:
    rows = [row for row in API.splitlines() if re.match(rf"\| [\d, ]*{status}", row)]

    assert any(f"`{code}`" in row for row in rows)


@pytest.mark.parametrize("scope", Token.SCOPES)
def test_every_scope_is_explained(scope: str) -> None:
    assert f"`{scope}`" in API


@pytest.mark.parametrize("name", sorted({one.name for one in urlpatterns if one.name}))
def test_every_address_is_listed(name: str) -> None:
    route = next(str(one.pattern) for one in urlpatterns if one.name == name)
    last = re.sub(r"<\w+:\w+_?id>", "{id}", route).rsplit("{id}/", 1)[-1] or "{id}/"

    assert last in re.sub(r"\{checkpoint_id\}", "{id}", API)
