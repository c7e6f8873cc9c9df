"""One field and its control."""

from __future__ import annotations

from django.utils.translation import gettext as _

from approvals.schemaform import display, moments
from approvals.schemaform.bases import as_json
from approvals.schemaform.choices import option_code
from approvals.schemaform.fields import Field
from approvals.schemaform.leaves import Unreadable, fits, read, shown
from approvals.schemaform.naming import too_deep
from approvals.schemaform.nodes import Choice, Node
from approvals.schemaform.spots import Spot, mark
from approvals.schemaform.values import MISSING, Json, Unparsed, same

_LONG = 80
_PROSE = ("markdown", "textarea", "multiline", "html")


def leaf(node: Node, spot: Spot) -> Node:
    """Give a node its control, or its text where nothing can be changed."""
    if not node.field.read_only:
        _use_json_where_needed(node, spot)
    if isinstance(spot.value, Unparsed):
        node.error = spot.value.message
    mark(node, spot)
    if node.look.readonly or node.field.read_only:
        node.text = display.display(node.field, spot.value, tz=node.look.tz)
    else:
        _control(node, spot)
    _carry(node, spot)
    return node


def _use_json_where_needed(node: Node, spot: Spot) -> None:
    field = node.field
    if field.kind not in ("json", "object", "array", "union") and fits(field, spot.value):
        return
    if field.kind != "json" and not too_deep(field, spot.pointer):
        # The schema alone would not tell whoever reads the post that this is JSON.
        node.carry("json", "1")
    node.field = as_json(field)


def _control(node: Node, spot: Spot) -> None:
    field, tz = node.field, node.look.tz
    node.text = shown(field, spot.value, tz=tz)
    if field.kind in ("enum", "boolean"):
        _select(node, spot)
    elif field.kind == "json":
        node.control = "json"
    elif _is_prose(field, node.text):
        node.control = "textarea"
    else:
        node.control = "input"
        node.input_type = _input_type(field, node.text)
    if field.kind == "datetime":
        node.zone = _zone(node, spot)
    default = field.schema.get("default")
    if spot.value is MISSING and default is not None:
        node.note = _("Default: %(value)s") % {"value": display.proposed(field, default, tz=tz)}


def _zone(node: Node, spot: Spot) -> str:
    moment = moments.read_moment(spot.value) if isinstance(spot.value, str) else None
    return _("no time zone") if moment is not None and moment.tzinfo is None else node.look.tz


def _select(node: Node, spot: Spot) -> None:
    """A box to tick only where there are just two answers; "not set" would be a third."""
    field, value = node.field, spot.value
    if field.kind == "boolean" and isinstance(value, bool) and not field.nullable:
        node.control = "checkbox"
        node.carry("b", "1")
        return
    node.control = "select"
    options = [(option_code(field, one.value), one.label) for one in field.options]
    if field.nullable or value is None or value is MISSING:
        options.insert(0, ("", _("not set")))
    if node.text not in [known for known, _ in options]:
        options.append((node.text, display.proposed(field, value, tz=node.look.tz)))
    node.choices = [Choice(known, label, known == node.text) for known, label in options]


def _carry(node: Node, spot: Spot) -> None:
    """Send the value along, if its text alone would not bring it back."""
    is_unread = isinstance(spot.value, Unparsed)
    value = spot.value.base if is_unread else spot.value
    if (is_unread and not same(value, spot.base)) or (
        not is_unread and not same(_read_back(node, spot), value)
    ):
        node.carry_value(value)


def _read_back(node: Node, spot: Spot) -> Json:
    tz = node.look.tz
    try:
        return read(node.field, spot.base, shown(node.field, spot.value, tz=tz), tz=tz)
    except Unreadable:
        return Unparsed("")


def _is_prose(field: Field, text: str) -> bool:
    if field.kind not in ("string", "decimal", "number", "integer"):
        return "\n" in text or "\r" in text
    if len(text) > _LONG or "\n" in text or "\r" in text:
        return True
    return field.schema.get("format") in _PROSE or "contentMediaType" in field.schema


def _input_type(field: Field, text: str) -> str:
    """A date control empties itself when it is given anything else, so that is shown as text."""
    if field.kind == "date" and (not text or moments.is_date(text)):
        return "date"
    if field.kind == "time" and (not text or moments.is_clock(text)):
        return "time"
    if field.kind == "datetime" and (not text or moments.same_local(text, text)):
        return "datetime-local"
    return "text"
