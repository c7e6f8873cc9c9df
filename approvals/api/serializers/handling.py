from __future__ import annotations

from typing import Any

from rest_framework import serializers

from approvals.api.fields import Text, YesNo
from approvals.api.serializers.interrupts import InterruptRow


class ClaimBody(serializers.Serializer[Any]):
    take_over = YesNo(
        required=False, default=False, help_text="Even if somebody else is on it already."
    )


class ReleaseBody(serializers.Serializer[Any]):
    pass


class AssignBody(serializers.Serializer[Any]):
    assignee = Text(allow_null=True, allow_blank=False, help_text="Name of a user; null: nobody.")
    was = Text(
        required=False,
        allow_null=True,
        allow_blank=False,
        help_text="Who had it when you looked, null for nobody; 409 when that has changed.",
    )


class SnoozeBody(serializers.Serializer[Any]):
    until = serializers.DateTimeField(
        allow_null=True, help_text="At most 30 days from now; null: show it again."
    )
    replace = YesNo(
        required=False, default=False, help_text="Even if somebody else snoozed it already."
    )


class Handled(InterruptRow):
    """The question as lists show it, after who takes care of it has changed."""
