"""The append-only history of runs."""

from approvals.audit.chain import append

__all__ = ["append"]
