from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from approvals.api.base import ApiView, read_body
from approvals.api.idempotency import answer_once
from approvals.api.schema import IDEMPOTENCY, answers
from approvals.api.serializers.handling import (
    AssignBody,
    ClaimBody,
    Handled,
    ReleaseBody,
    SnoozeBody,
)
from approvals.api.views.interrupts import listed
from approvals.models import Decision
from approvals.services.claims import assign, claim, release
from approvals.services.snoozing import snooze


class HandlingView(ApiView):
    """One verb of taking care of a question; the question's row is the answer."""

    scopes = {"POST": "interrupts:decide"}
    body: ClassVar[type[Serializer[Any]]]
    act: ClassVar[Callable[..., Any]]

    def answer(self, request: Request, interrupt_id: int) -> Response:
        fields = read_body(request, self.body)

        def once() -> Response:
            type(self).act(interrupt_id, actor=request.user, via=Decision.Via.API, **fields)
            return Response(Handled(listed(request).get(pk=interrupt_id)).data)

        return answer_once(request, once)


def _described(verb: str, body: type[Serializer[Any]]) -> Callable[..., Any]:
    return extend_schema(
        operation_id=f"interrupts_{verb}",
        parameters=[IDEMPOTENCY],
        request=body,
        responses=answers(200, Handled, writing=True),
    )


class ClaimView(HandlingView):
    body, act = ClaimBody, staticmethod(claim)

    @_described("claim", ClaimBody)
    def post(self, request: Request, interrupt_id: int) -> Response:
        """Tell the others that you are on it, for five minutes. It refuses nobody's decision."""
        return self.answer(request, interrupt_id)


class ReleaseView(HandlingView):
    body, act = ReleaseBody, staticmethod(release)

    @_described("release", ReleaseBody)
    def post(self, request: Request, interrupt_id: int) -> Response:
        """End your own claim."""
        return self.answer(request, interrupt_id)


class AssignView(HandlingView):
    body, act = AssignBody, staticmethod(assign)

    @_described("assign", AssignBody)
    def post(self, request: Request, interrupt_id: int) -> Response:
        """Make it the job of one person who may decide it, or of nobody."""
        return self.answer(request, interrupt_id)


class SnoozeView(HandlingView):
    body, act = SnoozeBody, staticmethod(snooze)

    @_described("snooze", SnoozeBody)
    def post(self, request: Request, interrupt_id: int) -> Response:
        """Hide it from everybody's lists until then, at the latest until it is due."""
        return self.answer(request, interrupt_id)
