"""A posted form becomes a JSON value again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from django.http import QueryDict
from django.utils.translation import gettext as _

from approvals.schemaform.bases import absent, as_json, item_base, property_field, variant_base
from approvals.schemaform.classify import Schemas
from approvals.schemaform.fields import Field
from approvals.schemaform.leaves import Unreadable, read
from approvals.schemaform.naming import MAX_ITEMS, control_name, helper_name, too_deep
from approvals.schemaform.pointers import child
from approvals.schemaform.values import MISSING, Json, Unparsed
from approvals.schemaform.variants import blank, choose

_MAX_ALL_ITEMS = 20_000


class FormError(ValueError):
    """Something posted could not be read.

    `errors` maps pointers to messages. `value` holds everything that was read, with Unparsed
    text where nothing could be: give it to `render` or `apply_op` and nothing typed is lost.
    """

    def __init__(self, errors: Mapping[str, str], value: Json) -> None:
        super().__init__("; ".join(f"{at or '/'}: {text}" for at, text in errors.items()))
        self.errors = dict(errors)
        self.value = value


def parse(
    schema: Json, original: Json, data: QueryDict, *, tz: str = "UTC", prefix: str = ""
) -> Json:
    """The value a posted form stands for.

    A field nobody touched, or that was not posted, gives back its original JSON value exactly.
    Names the schema does not know are ignored. Raises FormError.
    """
    form = _Form(schema, data, tz=tz, prefix=prefix)
    value = form.value(form.schemas.field(schema), original, "")
    if value is MISSING:
        value = None
    if form.errors:
        raise FormError(form.errors, value)
    return value


class _Form:
    def __init__(self, schema: Json, data: QueryDict, *, tz: str, prefix: str) -> None:
        self.schemas = Schemas(schema)
        self.data = data
        self.tz = tz
        self.prefix = prefix
        self.errors: dict[str, str] = {}
        self.items_left = _MAX_ALL_ITEMS

    def value(self, field: Field, base: Json, pointer: str) -> Json:
        base = self.carried(pointer, base)
        if field.read_only:
            return base
        if self.helper(pointer, "json") is not None or too_deep(field, pointer):
            return self.leaf(as_json(field), base, pointer)
        inside: Callable[[Field, Json, str], Json] = {
            "object": self.in_object,
            "array": self.in_list,
            "union": self.in_union,
        }.get(field.kind, self.leaf)
        return inside(field, base, pointer)

    def leaf(self, field: Field, base: Json, pointer: str) -> Json:
        text = self.data.get(control_name(pointer, prefix=self.prefix))
        if field.kind == "boolean" and self.helper(pointer, "b") is not None:
            text = "true" if text is not None else "false"
        if text is None:
            return base
        try:
            return read(field, base, str(text), tz=self.tz)
        except Unreadable as error:
            self.errors[pointer] = str(error)
            return Unparsed(str(text), str(error), base)

    def in_object(self, field: Field, base: Json, pointer: str) -> Json:
        if not isinstance(base, dict):
            return base
        extra = self.extra_keys(field, base, pointer)
        known = [*field.properties, *extra]
        # In the order the keys had, as far as there was one.
        keys = [key for key in base if key in known] + [key for key in known if key not in base]
        made = {}
        for key in keys:
            inner = property_field(self.schemas, field, key)
            made[key] = self.value(inner, base.get(key, MISSING), child(pointer, key))
        return {key: value for key, value in made.items() if value is not MISSING}

    def extra_keys(self, field: Field, base: dict[str, Json], pointer: str) -> list[str]:
        listed = _json_or_missing(self.helper(pointer, "keys"))
        if not isinstance(listed, list) or len(listed) > MAX_ITEMS:
            listed = list(base)
        return [key for key in listed if isinstance(key, str) and key not in field.properties]

    def in_list(self, field: Field, base: Json, pointer: str) -> Json:
        length = self.length(base, pointer)
        if length is None:
            return base if not isinstance(base, list) else absent(field)
        inner = self.schemas.field(field.items)
        made = []
        for index in range(length):
            before = item_base(self.schemas, inner, base, index)
            item = self.value(inner, before, child(pointer, index))
            made.append(blank(self.schemas, inner) if item is MISSING else item)
        return made

    def length(self, base: Json, pointer: str) -> int | None:
        own = len(base) if isinstance(base, list) else None
        posted = self.helper(pointer, "n")
        if posted is None or not posted:
            return own if posted is None else None
        length = int(posted) if posted.isascii() and posted.isdecimal() and len(posted) < 6 else -1
        self.items_left -= max(length, 0)
        if not 0 <= length <= max(MAX_ITEMS, own or 0) or self.items_left < 0:
            self.errors[pointer] = _("A list of at most %(count)s items was expected.") % {
                "count": MAX_ITEMS
            }
            return own
        return length

    def in_union(self, field: Field, base: Json, pointer: str) -> Json:
        current = choose(self.schemas, field, base)
        posted = self.helper(pointer, "v")
        if posted == "":
            return base if base is MISSING or base is None else absent(field)
        if posted in [str(index) for index in range(len(field.variants))]:
            index = int(str(posted))
        elif current is None:
            return base
        else:
            index = current
        inner = self.schemas.field(field.variants[index])
        made = self.value(inner, variant_base(self.schemas, field, index, base), pointer)
        if isinstance(made, Unparsed):
            made.variant = index
        return made

    def carried(self, pointer: str, base: Json) -> Json:
        text = self.helper(pointer, "was")
        if text is None:
            return base
        return MISSING if text == "" else _json_or_missing(text, otherwise=base)

    def helper(self, pointer: str, suffix: str) -> str | None:
        found = self.data.get(helper_name(pointer, suffix, prefix=self.prefix))
        return None if found is None else str(found)


def _json_or_missing(text: str | None, *, otherwise: Json = MISSING) -> Json:
    try:
        return otherwise if text is None else json.loads(text)
    except (ValueError, RecursionError):
        return otherwise
