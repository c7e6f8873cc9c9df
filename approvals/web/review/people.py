"""Whom a question can be given to."""

from __future__ import annotations

from django.contrib.auth import get_user_model

MOST = 200


def reviewers() -> list[str]:
    """The names of those who may decide questions, in order."""
    able = get_user_model().objects.with_perm("approvals.decide_interrupt")
    return list(able.order_by("username").values_list("username", flat=True)[:MOST])
