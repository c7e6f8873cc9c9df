"""JSON Schemas that came with a question: may one be relied on, and does a value fit it?"""

from agents.schemas.checks import Choose, complaints, validate
from agents.schemas.usable import is_usable

__all__ = ["Choose", "complaints", "is_usable", "validate"]
