"""Who sees and may do what; the same rule for pages, API, sockets and admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from approvals import permissions
from approvals.groups import GROUPS, create_groups
from approvals.models import Interrupt, Run
from tests.factories import make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


def test_migrating_makes_the_five_groups() -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(GROUPS)


def test_migrating_again_keeps_what_an_operator_changed() -> None:
    Group.objects.get(name="reviewers").permissions.clear()

    create_groups()

    assert not Group.objects.get(name="reviewers").permissions.exists()


@pytest.mark.parametrize("group", ["reviewers", "supervisors", "operators", "auditors"])
def test_the_staff_of_the_queue_sees_everything(group: str) -> None:
    make_interrupt()
    user = make_user("olga", group)

    assert Run.objects.visible_to(user).count() == 1
    assert Interrupt.objects.visible_to(user).count() == 1


def test_a_requester_sees_only_what_they_asked_for() -> None:
    theirs, zoe = make_interrupt(), make_user("zoe", "requesters")
    mine = make_interrupt(run=make_run(requested_by=zoe))

    assert list(Run.objects.visible_to(zoe)) == [mine.run]
    assert list(Interrupt.objects.visible_to(zoe)) == [mine]
    assert theirs not in Interrupt.objects.visible_to(zoe)


def test_an_anonymous_visitor_sees_nothing() -> None:
    make_interrupt()

    assert not Run.objects.visible_to(AnonymousUser()).exists()
    assert not Interrupt.objects.visible_to(AnonymousUser()).exists()


def test_a_deactivated_person_sees_nothing() -> None:
    make_interrupt()
    gone = make_user("gone", "reviewers", is_active=False)

    assert not Interrupt.objects.visible_to(gone).exists()


@pytest.mark.parametrize(
    ("group", "may"),
    [
        ("requesters", False),
        ("reviewers", True),
        ("supervisors", True),
        ("operators", False),
        ("auditors", False),
    ],
)
def test_reviewers_and_supervisors_decide(group: str, *, may: bool) -> None:
    assert permissions.can_decide(make_user("olga", group), make_interrupt()) is may


def test_nobody_decides_what_they_asked_for() -> None:
    sue = make_user("sue", "supervisors")

    assert not permissions.can_decide(sue, make_interrupt(run=make_run(requested_by=sue)))
