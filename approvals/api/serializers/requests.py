from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from approvals.api.fields import Object, Text, WholeNumber
from approvals.api.serializers.interrupts import VERBS
from approvals.callbacks.addresses import Refused, check_url
from approvals.models import Delivery, Interrupt
from approvals.requests.standing import STATUSES

MAX_ACTIONS = 50
MAX_SECONDS = 366 * 24 * 3600
MAX_WAIT_SECONDS = 30


class NothingElse(serializers.Serializer[Any]):
    """Refuses what it does not know: a misspelt `expires_in` would otherwise wait for ever."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError(
                {name: [_("This field is not known.")] for name in sorted(unknown)}
            )
        return super().to_internal_value(data)


class ProposedAction(NothingElse):
    """One thing that would be done. The answer has a decision for each, in the same order."""

    name = Text(allow_blank=False, max_length=200)
    description = Text(required=False, default="", max_length=5_000)
    args = Object(required=False, default=dict, help_text="What it would be done with.")
    schema = serializers.DictField(
        required=False,
        allow_null=True,
        default=None,
        help_text="JSON Schema of args. With one, the reviewer gets a form and may edit.",
    )
    allowed = serializers.ListField(
        child=serializers.ChoiceField(VERBS),
        required=False,
        allow_empty=False,
        help_text="approve, reject, and edit when there is a schema, unless you say otherwise.",
    )
    response_schema = serializers.DictField(
        required=False,
        allow_null=True,
        default=None,
        help_text="With respond: JSON Schema of the value to answer with.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """In the form that every question's actions have."""
        editable = ["edit"] if attrs["schema"] is not None else []
        attrs.setdefault("allowed", ["approve", *editable, "reject"])
        if attrs["response_schema"] is None:
            del attrs["response_schema"]
        if "respond" in attrs["allowed"]:
            attrs["response"] = "value"
        return attrs


class AskBody(NothingElse):
    title = Text(allow_blank=False, max_length=300)
    summary = Text(required=False, default="", max_length=2_000)
    effect = Text(required=False, default="", max_length=2_000, help_text="What follows of a yes.")
    description = Text(required=False, default="", max_length=20_000, help_text="Markdown.")
    risk = serializers.ChoiceField(
        Interrupt.Risk.choices, required=False, default=Interrupt.Risk.MEDIUM
    )
    actions = ProposedAction(many=True, allow_empty=False, max_length=MAX_ACTIONS)
    state = Object(required=False, default=dict, help_text="What else the reviewer should see.")
    expires_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Nobody can answer from then on."
    )
    expires_in = WholeNumber(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_SECONDS,
        help_text="The same in seconds from now.",
    )
    callback_url = Text(
        required=False, default="", max_length=2_000, help_text="Told of the end, signed."
    )
    metadata = Object(required=False, default=dict, help_text="Labels of your own, given back.")
    source = serializers.RegexField(
        r"^[a-z0-9][a-z0-9_.-]*$",
        required=False,
        default="",
        max_length=80,
        help_text="Name of the program that asks; people can filter by it.",
    )

    def validate_expires_at(self, value: Any) -> Any:
        if value is not None and value > timezone.now() + timedelta(seconds=MAX_SECONDS):
            raise serializers.ValidationError(_("This is more than a year from now."))
        return value

    def validate_callback_url(self, value: str) -> str:
        try:
            if value:
                check_url(value)
        except Refused as refusal:
            raise serializers.ValidationError(str(refusal)) from refusal
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One moment or none; `expires_in` is counted from now."""
        seconds, moment = attrs.pop("expires_in", None), attrs.pop("expires_at", None)
        if seconds is not None and moment is not None:
            raise serializers.ValidationError(
                {"expires_in": _("Say expires_at or this, not both.")}
            )
        if seconds is not None:
            moment = timezone.now() + timedelta(seconds=seconds)
        return attrs | {"expires_at": moment}


class RequestDecision(serializers.Serializer[Any]):
    """What was decided on one action. `args` are those to act with, edited or not."""

    name = serializers.CharField()
    type = serializers.ChoiceField(VERBS)
    args = serializers.DictField(required=False, help_text="With approve and edit.")
    value = serializers.JSONField(required=False, help_text="With respond.")
    message = serializers.CharField(allow_null=True)


class CallbackState(serializers.ModelSerializer[Delivery]):
    """How telling you goes. `next_at` counts while it is waiting."""

    class Meta:
        model = Delivery
        fields = ("event", "status", "attempts", "last_error", "next_at", "delivered_at")
        read_only_fields = fields


class RequestTold(serializers.Serializer[Any]):
    """How a request stands. `decided` is for good; there are decisions then, and only then."""

    id = serializers.IntegerField(help_text="Also the id of its run.")
    status = serializers.ChoiceField(STATUSES)
    title = serializers.CharField()
    metadata = serializers.DictField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    url = serializers.URLField(help_text="The page where people decide it.")
    interrupt = serializers.IntegerField(help_text="Id of the question.")
    decisions = RequestDecision(many=True, allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    callback_url = serializers.CharField()
    callback = CallbackState(allow_null=True, help_text="Null until there is something to tell.")


class WaitQuery(serializers.Serializer[Any]):
    wait = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=MAX_WAIT_SECONDS,
        help_text="Answer when it is no longer pending, or after so many seconds.",
    )


class WithdrawBody(serializers.Serializer[Any]):
    reason = Text(required=False, default="")
