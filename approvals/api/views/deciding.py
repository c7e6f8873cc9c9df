from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.api.authentication import auth_method
from approvals.api.base import ApiView, read_body
from approvals.api.errors import body_of, body_of_validation, pointing_into
from approvals.api.idempotency import answer_once
from approvals.api.schema import IDEMPOTENCY, answers
from approvals.api.serializers.deciding import (
    BulkBody,
    BulkItem,
    BulkResults,
    BulkUndoBody,
    BulkUndoResults,
    DecideBody,
    Decided,
    Undone,
)
from approvals.api.serializers.runs import RunStamp
from approvals.audit.denials import note_denial
from approvals.exceptions import ApprovalsError
from approvals.models import Decision, Interrupt, Run
from approvals.policy.care import Care
from approvals.policy.reasons import takes_shared
from approvals.services.bulk import Made, Outcome, undo_all
from approvals.services.decisions import decide
from approvals.services.undo import undo


class DecideView(ApiView):
    scopes = {"POST": "interrupts:decide"}

    @extend_schema(
        operation_id="interrupts_decide",
        parameters=[IDEMPOTENCY],
        request=DecideBody,
        responses=answers(200, Decided, writing=True),
    )
    def post(self, request: Request, interrupt_id: int) -> Response:
        """Decide a question as you saw it. The run goes on when nothing else is owed."""
        body = read_body(request, DecideBody)

        def record() -> Response:
            with pointing_into("/decisions"):
                return Response(_decided(request, interrupt_id, body, via=Decision.Via.API))

        return answer_once(request, record)


class UndoView(ApiView):
    scopes = {"POST": "interrupts:decide"}

    @extend_schema(
        operation_id="interrupts_undo",
        parameters=[IDEMPOTENCY],
        request=None,
        responses=answers(200, Undone, writing=True),
    )
    def post(self, request: Request, interrupt_id: int) -> Response:
        """Take your decision back while its `undo_seconds` last; 409 once the run has gone on."""

        def take_back() -> Response:
            question = undo(interrupt_id, actor=request.user, via=Decision.Via.API)
            return Response(Undone(question).data)

        return answer_once(request, take_back)


class BulkDecideView(ApiView):
    scopes = {"POST": "interrupts:decide"}

    @extend_schema(
        operation_id="interrupts_decide_bulk",
        parameters=[IDEMPOTENCY],
        request=BulkBody,
        responses=answers(200, BulkResults, writing=True),
    )
    def post(self, request: Request) -> Response:
        """Decide up to a hundred questions; results come in the order of the items.

        Each stands alone: one that is refused leaves the others decided.
        """
        body = read_body(request, BulkBody)
        response = answer_once(
            request,
            lambda: Response({"results": _decide_each(request, **body)}),
        )
        _note_denials(request, response.data["results"])
        return response


class BulkUndoView(ApiView):
    scopes = {"POST": "interrupts:decide"}

    @extend_schema(
        operation_id="interrupts_undo_bulk",
        parameters=[IDEMPOTENCY],
        request=BulkUndoBody,
        responses=answers(200, BulkUndoResults, writing=True),
    )
    def post(self, request: Request) -> Response:
        """Take up to a hundred decisions back; results come in the order of the items.

        Each stands alone: one whose run has gone on leaves the others taken back.
        """
        items = [Made(**item) for item in read_body(request, BulkUndoBody)["items"]]
        response = answer_once(request, lambda: Response({"results": _undo_each(request, items)}))
        _note_denials(request, response.data["results"])
        return response


@transaction.atomic
def _undo_each(request: Request, items: Sequence[Made]) -> list[dict[str, Any]]:
    """In one transaction, as deciding is."""
    return [_undone(outcome) for outcome in undo_all(items, actor=request.user)]


def _undone(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is None:
        return dict(Undone(outcome.result).data)
    refused = body_of(outcome.error) | {"http_status": outcome.error.status}
    return {"id": outcome.id, "status": "error"} | refused


@transaction.atomic
def _decide_each(request: Request, *, items: Sequence[Any], **shared: Any) -> list[dict[str, Any]]:
    """In one transaction, a savepoint each: an outage in the middle decides none of them.

    Runs stay locked until the end, so everybody must lock them in the same order.
    """
    runs = _runs_of(items)
    order = sorted(range(len(items)), key=lambda place: runs.get(_id_of(items[place]), 0))
    results: dict[int, dict[str, Any]] = {}
    for place in order:
        results[place] = _decide_item(request, items[place], shared, at=f"/items/{place}")
    return [results[place] for place in range(len(items))]


def _note_denials(request: Request, results: Sequence[Mapping[str, Any]]) -> None:
    """The answer as a whole is no refusal, so nobody else would notice."""
    for result in results:
        if (status := result.get("http_status")) in (403, 404):
            note_denial(request, status=status, code=result["code"], question=result["id"])


def _decide_item(
    request: Request, item: Any, shared: Mapping[str, Any], *, at: str
) -> dict[str, Any]:
    try:
        with pointing_into(f"{at}/decisions"):
            form = BulkItem(data=item)
            form.is_valid(raise_exception=True)
            fields = {**shared, **form.validated_data}
            if "reason_code" not in form.validated_data and not takes_shared(fields["decisions"]):
                fields["reason_code"] = ""
            return _decided(request, fields.pop("id"), fields, via=Decision.Via.BULK)
    except ApprovalsError as error:
        refused = body_of(error) | {"http_status": error.status}
    except ValidationError as error:
        refused = body_of_validation(error, at=at) | {"http_status": 400}
    return {"id": _id_of(item), "status": "error"} | refused


def _decided(
    request: Request, interrupt_id: int, fields: Mapping[str, Any], *, via: str
) -> dict[str, Any]:
    given = dict(fields)
    care = Care(checked=given.pop("checked", ()), retyped=given.pop("retyped", {}))
    decision = decide(
        interrupt_id,
        actor=request.user,
        via=via,
        auth_method=auth_method(request),
        care=care,
        **given,
    )
    run = Run.objects.only("id", "agent", "thread_id", "status").get(pk=decision.interrupt.run_id)
    return {
        "id": interrupt_id,
        "status": decision.interrupt.status,
        "verb": decision.verb,
        "run": RunStamp(run).data,
    }


def _runs_of(items: Sequence[Any]) -> dict[int | None, int]:
    ids = [found for item in items if (found := _id_of(item)) is not None]
    return dict(Interrupt.objects.filter(pk__in=ids).values_list("pk", "run_id"))


def _id_of(item: Any) -> int | None:
    found = item.get("id") if isinstance(item, Mapping) else None
    return found if type(found) is int else None
