"""The append-only history of runs and of the site."""

from approvals.audit.chain import Line, append, append_all

__all__ = ["Line", "append", "append_all"]
