from __future__ import annotations

from tests.approvals.web.conftest import _registered, alice, as_user, bob

__all__ = ["_registered", "alice", "as_user", "bob"]
