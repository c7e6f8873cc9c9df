from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals.api.base import ApiView, read_body
from approvals.api.idempotency import answer_once
from approvals.api.paging import Order, PageQuery, paged
from approvals.api.schema import IDEMPOTENCY, answers, page_of
from approvals.api.serializers.comments import CommentBody, CommentRow, WithdrawCommentBody
from approvals.exceptions import NotFound
from approvals.models import Comment, Interrupt
from approvals.services.comments import comment, withdraw

OLDEST = Order(columns={"id": int})


class CommentsView(ApiView):
    scopes = {"GET": "interrupts:read", "POST": "interrupts:comment"}

    @extend_schema(
        operation_id="interrupts_comments",
        parameters=[PageQuery],
        responses=answers(200, page_of(CommentRow)),
    )
    def get(self, request: Request, interrupt_id: int) -> Response:
        """The comments on a question, oldest first."""
        if not Interrupt.objects.visible_to(request.user).filter(pk=interrupt_id).exists():
            raise NotFound
        rows = Comment.objects.filter(interrupt=interrupt_id).select_related("author")
        return paged(
            request,
            rows.prefetch_related("mentions__person"),
            order=OLDEST,
            serialize=lambda found: CommentRow(found, many=True).data,
        )

    @extend_schema(
        operation_id="interrupts_comment",
        parameters=[IDEMPOTENCY],
        request=CommentBody,
        responses=answers(201, CommentRow, writing=True),
    )
    def post(self, request: Request, interrupt_id: int) -> Response:
        """Say something on a question. Names after an @ are told, if they see the question."""
        said = read_body(request, CommentBody)

        def once() -> Response:
            made = comment(interrupt_id, author=request.user, **said)
            return Response(CommentRow(made).data, status=201)

        return answer_once(request, once)


class WithdrawCommentView(ApiView):
    scopes = {"POST": "interrupts:comment"}

    @extend_schema(
        operation_id="comments_withdraw",
        parameters=[IDEMPOTENCY],
        request=WithdrawCommentBody,
        responses=answers(200, CommentRow, writing=True),
    )
    def post(self, request: Request, comment_id: int) -> Response:
        """Take your own words back. That there was a comment stays in sight."""
        read_body(request, WithdrawCommentBody)

        def once() -> Response:
            return Response(CommentRow(withdraw(comment_id, author=request.user)).data)

        return answer_once(request, once)
