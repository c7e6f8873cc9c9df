"""Earlier states of runs whose questions hide something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from approvals.models import AuditEntry, Checkpoint, Run
from approvals.services.forks import fork_run
from tests.approvals.api.client import V1, as_token, refused
from tests.approvals.policy.test_masking import ARGS, IBAN, asked
from tests.approvals.web.conftest import as_user
from tests.factories import make_history, make_user

pytestmark = pytest.mark.django_db

AsUser = Callable[..., Client]

__all__ = ["as_user"]


@pytest.fixture
def place() -> Checkpoint:
    """A state with what its run's question hides."""
    made = make_history(asked().run)[1]
    Checkpoint.objects.filter(pk=made.pk).update(state=ARGS)
    return Checkpoint.objects.get(pk=made.pk)


def address(one: Checkpoint) -> str:
    return f"runs/{one.run_id}/history/{one.checkpoint_id}/"


def sees_all(name: str) -> Any:
    person = make_user(name, "operators")
    person.user_permissions.add(Permission.objects.get(codename="view_masked"))
    return person


def test_who_may_see_opens_it_and_leaves_a_line(place: Checkpoint, as_user: AsUser) -> None:
    as_user("olga", "operators")
    sees_all("olga")

    page = as_user("olga", "operators").get(f"/{address(place)}")
    api = as_token(make_user("olga", "operators")).get(f"{V1}/{address(place)}")

    assert IBAN in page.content.decode()
    assert api.json()["state"] == ARGS
    noted = AuditEntry.objects.filter(action="secrets.viewed")
    assert [(one.actor.username, one.data["checkpoint"]) for one in noted] == [
        ("olga", place.checkpoint_id)
    ] * 2


def test_who_may_not_see_opens_nothing_and_leaves_no_line(
    place: Checkpoint, as_user: AsUser
) -> None:
    client = as_user("bob", "reviewers")

    for rest in ("", "raw/"):
        assert client.get(f"/{address(place)}{rest}").status_code == 403
    assert refused(as_token(make_user("bob", "reviewers")).get(f"{V1}/{address(place)}")) == (
        403,
        "forbidden",
    )
    assert not AuditEntry.objects.filter(action="secrets.viewed").exists()


def test_a_fork_hides_what_its_parent_hides(place: Checkpoint, as_user: AsUser) -> None:
    child = fork_run(
        place.run_id, place.checkpoint_id, actor=make_user("olga", "operators"), via="page"
    )
    grandchild = fork_run(
        child.pk, make_history(child)[1].checkpoint_id, actor=child.requested_by, via="page"
    )
    begun = make_history(grandchild)[1]
    Run.objects.filter(pk=grandchild.pk).update(result=ARGS)
    client = as_user("bob", "reviewers")

    assert client.get(f"/{address(begun)}").status_code == 403
    assert IBAN not in client.get(f"/runs/{grandchild.pk}/").content.decode()


def test_the_history_names_what_was_changed_without_the_values(
    place: Checkpoint, settings: Any
) -> None:
    settings.LANGVEL_AGENTS = {"payments": "tests.graphs.asks_once"}
    olga = make_user("olga", "operators")

    fork_run(
        place.run_id, place.checkpoint_id, actor=olga, via="page", values={"note": f"to {IBAN}"}
    )

    entry = AuditEntry.objects.get(action="run.forked")
    assert entry.data["changes"] == [{"op": "replace", "path": "/note"}]
