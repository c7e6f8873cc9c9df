"""No page weighs more than its budget: scripts, looks, the page with its icons."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from tests.approvals.web.test_run_states import DRAWING
from tests.factories import make_agent, make_interrupt, make_run
from tests.weights import BUDGETS, OF_A_RUN, OF_BOTH, RICH

pytestmark = pytest.mark.django_db

LOADED = re.compile(r'(?:src|href)="/static/([^"]+\.(?:js|css))"')
PATHS = {
    "inbox": "/",
    "beside": "/?item={0.pk}",
    "review": "/interrupts/{0.pk}/",
    "run": "/runs/{0.run_id}/",
    "runs": "/runs/",
    "agent": "/agents/drawn/",
    "decided": "/decided/",
    "insights": "/insights/",
    "settings": "/settings/",
}


def weights(page: str) -> dict[str, int]:
    """What a first visit loads, as the site compresses it."""
    sizes = {"js": 0, "css": 0, "html_gzipped": len(gzip.compress(page.encode(), 6))}
    for name in set(LOADED.findall(page)):
        kind = "js" if name.endswith(".js") else "css"
        sizes[kind] += len(brotli.compress(Path(finders.find(name)).read_bytes()))
    return sizes


@pytest.fixture
def fifty() -> None:
    for at in range(50):
        make_interrupt(title=f"Refund for order {10_000 + at}", summary="to account ES91 … 1332")


@pytest.mark.parametrize("name", PATHS)
def test_a_page_stays_within_its_budget(bob: Client, fifty: None, name: str) -> None:
    run = make_run(agent=make_agent("drawn", drawing=DRAWING))
    page = bob.get(PATHS[name].format(make_interrupt(run=run, **RICH))).content.decode()

    sizes = weights(page)

    most = {"beside": OF_BOTH, "run": OF_A_RUN}.get(name, BUDGETS)
    assert sizes["js"] and sizes["css"]
    assert {kind: size for kind, size in sizes.items() if size > most[kind]} == {}
