"""The state form: JSON Schema and value to HTML, a posted form to a value, and what changed.

Pure functions. Names of fields are JSON pointers (`naming` lists the helpers beside them).
The one rule: whatever nobody touched comes back exactly as it was.
"""

from approvals.schemaform.changes import Change, diff, patch
from approvals.schemaform.display import summary_fields
from approvals.schemaform.parse import FormError, parse
from approvals.schemaform.pointers import field_id
from approvals.schemaform.render import render
from approvals.schemaform.values import MISSING, Json

__all__ = [
    "MISSING", "Change", "FormError", "Json", "diff", "field_id", "parse", "patch", "render",
    "summary_fields",
]  # fmt: skip
