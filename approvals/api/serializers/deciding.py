from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from approvals.api.fields import Text, WholeNumber, YesNo
from approvals.api.serializers.interrupts import DecisionList, InterruptRow
from approvals.api.serializers.runs import RunError, RunStamp
from approvals.models import Interrupt
from approvals.services.decisions import MAX_UNDO_SECONDS

MAX_ITEMS = 100
DECIDED_STATUSES = ("decided",)
UNDONE_STATUSES = ("pending",)
BULK_STATUSES = ("decided", "error")
BULK_UNDO_STATUSES = ("pending", "error")
APPROVE_STATUSES = ("completed", "rejected", "paused", "failed", "resuming")


class CareBody(serializers.Serializer[Any]):
    """What a reviewer did besides choosing, as the question's policy asks for it."""

    checked = serializers.ListField(
        child=Text(),
        required=False,
        default=list,
        help_text="The flagged fields you checked, as the question's policy names them.",
    )
    retyped = serializers.DictField(
        child=Text(),
        required=False,
        default=dict,
        help_text="The values to be typed again, by the pointers the question's policy names.",
    )


class DecideBody(CareBody):
    version = WholeNumber(help_text="Of the question you saw.")
    digest = Text(help_text="Of the question you saw.")
    decisions = DecisionList(help_text="One for each action, in order.")
    reason = Text(required=False, default="")
    reason_code = Text(
        required=False,
        default="",
        help_text="With a rejection or a response: one of the reasons the question's policy names; "
        "for each decision that names none itself.",
    )
    undo_seconds = WholeNumber(
        required=False,
        default=0,
        min_value=0,
        max_value=MAX_UNDO_SECONDS,
        help_text="The run goes on this much later.",
    )


class Decided(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    status = serializers.ChoiceField(DECIDED_STATUSES)
    verb = serializers.CharField(help_text="The verb of all actions, or mixed.")
    run = RunStamp()


class Undone(serializers.ModelSerializer[Interrupt]):
    """The question as it waits again; its next decision carries this version."""

    status = serializers.ChoiceField(UNDONE_STATUSES)

    class Meta:
        model = Interrupt
        fields = ("id", "status", "version", "digest")
        read_only_fields = fields


class BulkItem(serializers.Serializer[Any]):
    id = WholeNumber()
    version = WholeNumber()
    digest = Text()
    decisions = DecisionList()
    reason_code = Text(required=False, help_text="In place of the one given for all items.")


@extend_schema_field(BulkItem(many=True))
class BulkItems(serializers.ListField):
    """Each is read on its own, so that one that is malformed spoils no other."""

    child = serializers.JSONField(allow_null=True)


class BulkBody(serializers.Serializer[Any]):
    items = BulkItems(allow_empty=False, max_length=MAX_ITEMS)
    reason = Text(required=False, default="")
    reason_code = Text(
        required=False,
        default="",
        help_text="For each item that rejects or responds and gives none itself; refused where "
        "its policy names no such reason.",
    )
    undo_seconds = WholeNumber(
        required=False,
        default=0,
        min_value=0,
        max_value=MAX_UNDO_SECONDS,
        help_text="The runs go on this much later.",
    )


class UndoItem(serializers.Serializer[Any]):
    id = WholeNumber()
    version = WholeNumber(
        required=False,
        help_text="Of the question since you decided it; a later decision is then left alone.",
    )


class BulkUndoBody(serializers.Serializer[Any]):
    items = UndoItem(many=True, allow_empty=False, max_length=MAX_ITEMS)


class Fault(serializers.Serializer[Any]):
    pointer = serializers.CharField(help_text="JSON Pointer into the body that was sent.")
    message = serializers.CharField()


class Refusal(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = Fault(many=True)
    current = serializers.DictField(
        required=False, help_text="With 409: how it stands now, and who was first."
    )


class BulkResult(serializers.Serializer[Any]):
    """`decided` as if decided alone, or `error` with what would have been answered alone."""

    id = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(BULK_STATUSES)
    verb = serializers.CharField(required=False)
    run = RunStamp(required=False)
    http_status = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)
    errors = Fault(many=True, required=False)
    current = serializers.DictField(required=False)


class BulkResults(serializers.Serializer[Any]):
    results = BulkResult(many=True)


class BulkUndoResult(serializers.Serializer[Any]):
    """`pending` as if taken back alone, or `error` with what would have been answered alone."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(BULK_UNDO_STATUSES)
    version = serializers.IntegerField(required=False)
    digest = serializers.CharField(required=False)
    http_status = serializers.IntegerField(required=False)
    code = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)
    errors = Fault(many=True, required=False)
    current = serializers.DictField(required=False)


class BulkUndoResults(serializers.Serializer[Any]):
    results = BulkUndoResult(many=True)


class ApproveBody(CareBody):
    thread_id = Text(allow_blank=False)
    approved = YesNo()
    approved_by = Text(
        required=False,
        allow_null=True,
        help_text="Ignored: the actor is who the session or token says.",
    )
    notes = Text(required=False, allow_null=True, default="")
    reason_code = Text(
        required=False,
        default="",
        help_text="With a rejection: one of the reasons the question's policy names.",
    )
    version = WholeNumber(
        required=False, help_text="Of the question you saw; without it, the one pending now."
    )
    digest = Text(
        required=False, help_text="Of the question you saw; without it, the one pending now."
    )


class Approved(serializers.Serializer[Any]):
    """`resuming` when the run has not got on within the waiting time: ask runs/{run}/ later."""

    status = serializers.ChoiceField(APPROVE_STATUSES)
    run = serializers.IntegerField()
    thread_id = serializers.CharField()
    result = serializers.JSONField(allow_null=True)
    interrupt = InterruptRow(required=False, help_text="With paused: the next question.")
    error = RunError(required=False, help_text="With failed.")
