"""Every route of the site is a page that is looked at, or answers nobody with a page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import resolve, reverse

from approvals.models import Checkpoint, Comment, SavedView
from approvals.services.comments import comment
from approvals.services.views import save_view
from approvals.web.urls import urlpatterns
from tests.browser.test_accessibility import everything
from tests.factories import make_user

__all__ = ["everything"]

DOOR = {"login"}
"""Pages for whom nobody knows yet; test_accessibility looks at them by themselves."""

PARTS = {"news", "parts", "waiting", "handling", "interrupt-banner", "run-card", "bell"}
"""Come into a page that is looked at."""

DATA = {"interrupt-raw", "run-raw", "checkpoint-raw", "insights-table"}

FORMS = {
    "bulk", "bulk-do", "bulk-undo", "claim", "release", "assign", "snooze", "decide", "undo",
    "after-decision", "interrupt-form", "run-cancel", "run-retry", "fork", "draft",
    "draft-discard", "comment-withdraw", "notifications-read", "saved-view", "saved-view-delete",
    "logout", "theme", "live",
}  # fmt: skip
"""Take what was sent and nothing else; test_accessible_states looks at what they answer."""

NAMES = {route.name for route in urlpatterns}


def test_every_page_is_looked_at(everything: list[str]) -> None:
    looked_at = {
        resolve(path.partition("?")[0]).url_name for path in everything if path != "/nowhere/"
    }

    assert looked_at == NAMES - DOOR - PARTS - DATA - FORMS


def test_no_route_is_named_that_is_gone() -> None:
    assert NAMES >= DOOR | PARTS | DATA | FORMS


@pytest.fixture
def at(everything: list[str]) -> dict[str, Any]:
    """What the routes that name a row need to find one."""
    bob = make_user("bob", "supervisors", "operators")
    state = Checkpoint.objects.latest("pk")
    question = state.run.interrupts.latest("pk")
    comment(question.pk, author=bob, body="Look.")
    save_view(owner=bob, name="All", query="q=pay")
    return {
        "run": {"pk": state.run_id},
        "checkpoint": {"pk": state.run_id, "checkpoint_id": state.checkpoint_id},
        "question": {"pk": question.pk},
        "comment": {"pk": Comment.objects.latest("pk").pk},
        "view": {"pk": SavedView.objects.latest("pk").pk},
    }


def where(name: str, at: dict[str, Any]) -> str:
    if name == "insights-table":
        return reverse(name, kwargs={"name": "agents"})
    wanted = {
        "run-": "run", "checkpoint-": "checkpoint", "fork": "checkpoint",
        "comment-": "comment", "saved-view": "view",
    }  # fmt: skip
    route = next(one for one in urlpatterns if one.name == name)
    if not route.pattern.converters:
        return reverse(name)
    kind = next((row for start, row in wanted.items() if name.startswith(start)), "question")
    return reverse(name, kwargs=at[kind])


def test_what_takes_forms_shows_no_page(client: Client, at: dict[str, Any]) -> None:
    client.force_login(make_user("bob", "supervisors", "operators"))

    answers = {name: client.get(where(name, at)).status_code for name in FORMS}

    assert answers == dict.fromkeys(FORMS, 405)


def test_parts_and_data_are_no_whole_pages(client: Client, at: dict[str, Any]) -> None:
    client.force_login(make_user("bob", "supervisors", "operators"))

    answers = {
        name: client.get(where(name, at), headers={"HX-Request": "true"}) for name in PARTS | DATA
    }

    whole = {name for name, answer in answers.items() if b"<html" in b"".join(answer)}
    assert {answer.status_code for answer in answers.values()} <= {200, 204}
    assert whole == set()
