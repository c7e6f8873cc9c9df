"""The keyboard map: what each key means. static/js/keys.js does it; settings may change the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, kw_only=True)
class Key:
    usual: str
    means: Any
    fixed: bool = False


GROUPS: Mapping[str, tuple[Key, ...]] = {
    gettext_noop("Lists"): (
        Key(usual="j", means=_("Next row or question (also ↓)")),
        Key(usual="k", means=_("Row or question before (also ↑)")),
        Key(usual="o", means=_("Open (also Enter)")),
        Key(usual="x", means=_("Select")),
        Key(usual="J", means=_("Select and go down")),
        Key(usual="K", means=_("Select and go up")),
        Key(usual=".", means=_("Show new questions")),
        Key(usual="\\", means=_("List and question side by side")),
        Key(usual="/", means=_("Search and filter")),
    ),
    gettext_noop("Decisions"): (
        Key(usual="a", means=_("Approve: the first press only prepares it")),
        Key(usual="r", means=_("Reject…")),
        Key(usual="c", means=_("Respond…")),
        Key(usual="d", means=_("To your changes")),
        Key(usual="]", means=_("Next field to check or to mend")),
        Key(usual="[", means=_("The one before it")),
        Key(usual="s", means=_("Send several decisions")),
        Key(usual="e", means=_("Edit: to the first field")),
        Key(usual="z", means=_("Undo the last decision")),
    ),
    gettext_noop("Who takes care"): (
        Key(usual="m", means=_("Assign…")),
        Key(usual="i", means=_("Assign to me")),
        Key(usual="h", means=_("Snooze…")),
    ),
    gettext_noop("Everywhere"): (
        Key(usual="?", means=_("This help")),
        Key(usual="Ctrl+K", means=_("Commands"), fixed=True),
        Key(usual="g i", means=_("Go to the inbox"), fixed=True),
        Key(usual="g r", means=_("Go to the runs"), fixed=True),
        Key(usual="g a", means=_("Go to insights"), fixed=True),
        Key(usual="Esc", means=_("Clear the selection, close, back"), fixed=True),
    ),
}
CHANGEABLE = {key.usual: key for keys in GROUPS.values() for key in keys if not key.fixed}


class BadKeys(Exception):
    """A map of keys that could not work; the message is for the person."""


def changes(wanted: Mapping[str, str]) -> dict[str, str]:
    """The keys that differ from the usual ones. Raises BadKeys."""
    pressed: dict[str, str] = {}
    for usual in CHANGEABLE:
        key = wanted.get(usual, "").strip() or usual
        if len(key) != 1 or not key.isprintable():
            raise BadKeys(gettext("“%(key)s” is not one key.") % {"key": key[:20]})
        if key == "g":
            raise BadKeys(gettext("“g” begins the keys that go somewhere."))
        if key in pressed:
            raise BadKeys(
                gettext("“%(key)s” cannot mean both “%(one)s” and “%(other)s”.")
                % {
                    "key": key,
                    "one": CHANGEABLE[pressed[key]].means,
                    "other": CHANGEABLE[usual].means,
                }
            )
        pressed[key] = usual
    return {usual: key for key, usual in pressed.items() if key != usual}
