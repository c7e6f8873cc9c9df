"""The append-only history of runs and of the site."""

from approvals.audit.chain import append

__all__ = ["append"]
