"""JSON Schemas that came with a question: may one be relied on, and does a value fit it?"""

from agents.schemas.checks import validate
from agents.schemas.usable import is_usable

__all__ = ["is_usable", "validate"]
