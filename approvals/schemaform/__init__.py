"""The state form: JSON Schema and value to HTML, a posted form to a value, and what changed.

Pure functions. Names of fields are JSON pointers (`naming` lists the helpers beside them).
The one rule: whatever nobody touched comes back exactly as it was.
"""

from approvals.schemaform.changes import Change, diff, patch
from approvals.schemaform.checks import validate
from approvals.schemaform.display import summary_fields
from approvals.schemaform.locate import locate
from approvals.schemaform.operations import apply_op
from approvals.schemaform.parse import FormError, parse
from approvals.schemaform.pointers import field_id
from approvals.schemaform.render import render
from approvals.schemaform.values import MISSING, Json

__all__ = [
    "MISSING", "Change", "FormError", "Json", "apply_op", "diff", "field_id", "locate", "parse",
    "patch", "render", "summary_fields", "validate",
]  # fmt: skip
