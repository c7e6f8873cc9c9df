"""The five groups and what each may do. Made by `manage.py migrate`, and made again if missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps as installed
from django.contrib.auth import get_user_model
from django.contrib.auth.management import create_permissions

if TYPE_CHECKING:
    from django.contrib.auth.models import User

START, SEE_ALL, DECIDE, CANCEL, RETRY, FORK, PEOPLE = (
    "start_run",
    "view_all_runs",
    "decide_interrupt",
    "cancel_run",
    "retry_run",
    "fork_run",
    "view_insights_people",
)
_AUDIT = tuple(
    f"view_{name}"
    for name in ("agent", "run", "interrupt", "vote", "decision", "auditentry", "delivery")
)
GROUPS: dict[str, tuple[str, ...]] = {
    "requesters": (START,),
    "reviewers": (SEE_ALL, DECIDE),
    "supervisors": (SEE_ALL, DECIDE, CANCEL, RETRY, FORK, PEOPLE),
    "operators": (SEE_ALL, START, CANCEL, RETRY, FORK, *_AUDIT),
    "auditors": (SEE_ALL, PEOPLE, *_AUDIT),
}


SYSTEM = "system"


def system_user() -> User:
    """Who applies deadlines: nobody who could ever log in.

    Raises ValueError when a person has that name: their name would stand under what nobody did.
    """
    people = get_user_model().objects
    user: User
    user, is_new = people.get_or_create(username=SYSTEM, defaults={"is_active": False})
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    if user.is_active:
        raise ValueError("A person has the name 'system', which is the site's own: rename them.")
    return user


def create_groups(using: str = "default", **_: Any) -> None:
    """Create each missing group with its permissions; a group that exists is the operator's."""
    group_model = installed.get_model("auth", "Group")
    permission_model = installed.get_model("auth", "Permission")
    create_permissions(installed.get_app_config("approvals"), verbosity=0, using=using)
    for name, codenames in GROUPS.items():
        group, is_new = group_model.objects.using(using).get_or_create(name=name)
        if is_new:
            group.permissions.set(
                permission_model.objects.using(using).filter(
                    content_type__app_label="approvals", codename__in=codenames
                )
            )
