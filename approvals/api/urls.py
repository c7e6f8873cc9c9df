"""The addresses below /api/v1/, and the guide's two at the root of the site."""

from django.urls import URLPattern, path, re_path
from drf_spectacular.utils import extend_schema, extend_schema_view

from approvals.api.base import UnknownAddress
from approvals.api.views.agents import AgentsView
from approvals.api.views.approve import ApproveView, PendingApprovalsView
from approvals.api.views.audit import AuditExportView, AuditView
from approvals.api.views.comments import CommentsView, WithdrawCommentView
from approvals.api.views.deciding import BulkDecideView, BulkUndoView, DecideView, UndoView
from approvals.api.views.handling import AssignView, ClaimView, ReleaseView, SnoozeView
from approvals.api.views.history import CheckpointView, ForkView, HistoryView
from approvals.api.views.insights import InsightsView
from approvals.api.views.interrupts import InterruptsView, InterruptView
from approvals.api.views.requests import RequestsView, RequestView, WithdrawView
from approvals.api.views.runs import CancelView, RetryView, RunsView, RunView, TimelineView

app_name = "api"


@extend_schema_view(post=extend_schema(operation_id="approve_at_root"))
class RootApproveView(ApproveView):
    pass


@extend_schema_view(get=extend_schema(operation_id="pending_approvals_at_root"))
class RootPendingApprovalsView(PendingApprovalsView):
    pass


urlpatterns: list[URLPattern] = [
    path("agents/", AgentsView.as_view(), name="agents"),
    path("runs/", RunsView.as_view(), name="runs"),
    path("runs/<int:run_id>/", RunView.as_view(), name="run"),
    path("runs/<int:run_id>/timeline/", TimelineView.as_view(), name="timeline"),
    path("runs/<int:run_id>/cancel/", CancelView.as_view(), name="cancel"),
    path("runs/<int:run_id>/retry/", RetryView.as_view(), name="retry"),
    path("runs/<int:run_id>/history/", HistoryView.as_view(), name="history"),
    path(
        "runs/<int:run_id>/history/<slug:checkpoint_id>/",
        CheckpointView.as_view(),
        name="checkpoint",
    ),
    path("runs/<int:run_id>/fork/", ForkView.as_view(), name="fork"),
    path("interrupts/", InterruptsView.as_view(), name="interrupts"),
    path("interrupts/decide/", BulkDecideView.as_view(), name="decide-bulk"),
    path("interrupts/undo/", BulkUndoView.as_view(), name="undo-bulk"),
    path("interrupts/<int:interrupt_id>/", InterruptView.as_view(), name="interrupt"),
    path("interrupts/<int:interrupt_id>/decide/", DecideView.as_view(), name="decide"),
    path("interrupts/<int:interrupt_id>/undo/", UndoView.as_view(), name="undo"),
    path("interrupts/<int:interrupt_id>/claim/", ClaimView.as_view(), name="claim"),
    path("interrupts/<int:interrupt_id>/release/", ReleaseView.as_view(), name="release"),
    path("interrupts/<int:interrupt_id>/assign/", AssignView.as_view(), name="assign"),
    path("interrupts/<int:interrupt_id>/snooze/", SnoozeView.as_view(), name="snooze"),
    path("interrupts/<int:interrupt_id>/comments/", CommentsView.as_view(), name="comments"),
    path(
        "comments/<int:comment_id>/withdraw/",
        WithdrawCommentView.as_view(),
        name="withdraw-comment",
    ),
    path("requests/", RequestsView.as_view(), name="requests"),
    path("requests/<int:request_id>/", RequestView.as_view(), name="request"),
    path("requests/<int:request_id>/cancel/", WithdrawView.as_view(), name="withdraw"),
    path("insights/", InsightsView.as_view(), name="insights"),
    path("audit/", AuditView.as_view(), name="audit"),
    path("audit/export/", AuditExportView.as_view(), name="audit-export"),
    path("approve", ApproveView.as_view(), name="approve"),
    path("approve/", ApproveView.as_view(schema=None)),
    path("pending-approvals", PendingApprovalsView.as_view(), name="pending-approvals"),
    path("pending-approvals/", PendingApprovalsView.as_view(schema=None)),
    re_path("", UnknownAddress.as_view(schema=None)),
]

root_urlpatterns: list[URLPattern] = [
    path("approve", RootApproveView.as_view()),
    path("approve/", RootApproveView.as_view(schema=None)),
    path("pending-approvals", RootPendingApprovalsView.as_view()),
    path("pending-approvals/", RootPendingApprovalsView.as_view(schema=None)),
]
