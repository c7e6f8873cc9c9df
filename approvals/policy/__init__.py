"""How carefully a question is decided, and by whom: docs/policies.md says it to people."""

from approvals.policy.freezing import Asking, freeze
from approvals.policy.terms import Terms, terms_of

__all__ = ["Asking", "Terms", "freeze", "terms_of"]
