from approvals.models.agent import Agent
from approvals.models.audit import AuditEntry, AuditSeal, AuditSink, AuditUnsealed
from approvals.models.checkpoint import Checkpoint, RunHistory
from approvals.models.comment import Comment, Notification
from approvals.models.decision import Decision, Vote
from approvals.models.delivery import Delivery
from approvals.models.escalation import Escalation
from approvals.models.external_request import ExternalRequest
from approvals.models.idempotency import IdempotencyKey
from approvals.models.interrupt import Interrupt
from approvals.models.opening import Opening
from approvals.models.preferences import UserPreferences
from approvals.models.review_draft import ReviewDraft
from approvals.models.run import Run
from approvals.models.saved_view import SavedView
from approvals.models.token import Token
from approvals.models.unknown_type import UnknownType
from approvals.models.unrecorded_interrupt import UnrecordedInterrupt

__all__ = [
    "Agent",
    "AuditEntry",
    "AuditSeal",
    "AuditSink",
    "AuditUnsealed",
    "Checkpoint",
    "Comment",
    "Decision",
    "Delivery",
    "Escalation",
    "ExternalRequest",
    "IdempotencyKey",
    "Interrupt",
    "Notification",
    "Opening",
    "ReviewDraft",
    "Run",
    "RunHistory",
    "SavedView",
    "Token",
    "UnknownType",
    "UnrecordedInterrupt",
    "UserPreferences",
    "Vote",
]
