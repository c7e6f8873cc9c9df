"""The Django admin, for audit review: everything linked, nothing editable."""

from approvals.admin import agent, audit, audit_seal, decision, delivery, interrupt, run, token

__all__ = ["agent", "audit", "audit_seal", "decision", "delivery", "interrupt", "run", "token"]
