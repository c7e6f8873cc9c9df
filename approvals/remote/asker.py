from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def asker(agent_key: str) -> User:
    """Whom the runs of an agent elsewhere are asked for by: nobody who could ever log in.

    No person has such a name, for the forms that make people refuse a colon; so no reviewer is
    ever the requester of what was found on a server.
    """
    people = get_user_model().objects
    user: User
    user, is_new = people.get_or_create(
        username=f"agent-server:{agent_key}", defaults={"is_active": False}
    )
    if is_new:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user
