"""The keyboard map: what each key means. static/js/keys.js does it; settings may change the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Key:
    usual: str
    means: str
    fixed: bool = False


GROUPS: Mapping[str, tuple[Key, ...]] = {
    "Lists": (
        Key(usual="j", means="Next row or question (also ↓)"),
        Key(usual="k", means="Row or question before (also ↑)"),
        Key(usual="o", means="Open (also Enter)"),
        Key(usual="x", means="Select"),
        Key(usual="J", means="Select and go down"),
        Key(usual="K", means="Select and go up"),
        Key(usual=".", means="Show new questions"),
        Key(usual="\\", means="List and question side by side"),
        Key(usual="/", means="Search and filter"),
    ),
    "Decisions": (
        Key(usual="a", means="Approve: the first press only prepares it"),
        Key(usual="r", means="Reject…"),
        Key(usual="c", means="Respond…"),
        Key(usual="d", means="To your changes"),
        Key(usual="]", means="Next field to check or to mend"),
        Key(usual="[", means="The one before it"),
        Key(usual="s", means="Send several decisions"),
        Key(usual="e", means="Edit: to the first field"),
        Key(usual="z", means="Undo the last decision"),
    ),
    "Who takes care": (
        Key(usual="m", means="Assign…"),
        Key(usual="i", means="Assign to me"),
        Key(usual="h", means="Snooze…"),
    ),
    "Everywhere": (
        Key(usual="?", means="This help"),
        Key(usual="Ctrl+K", means="Commands", fixed=True),
        Key(usual="g i", means="Go to the inbox", fixed=True),
        Key(usual="g r", means="Go to the runs", fixed=True),
        Key(usual="g a", means="Go to insights", fixed=True),
        Key(usual="Esc", means="Clear the selection, close, back", fixed=True),
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
            raise BadKeys(f"“{key[:20]}” is not one key.")
        if key == "g":
            raise BadKeys("“g” begins the keys that go somewhere.")
        if key in pressed:
            raise BadKeys(
                f"“{key}” cannot mean both “{CHANGEABLE[pressed[key]].means}” "
                f"and “{CHANGEABLE[usual].means}”."
            )
        pressed[key] = usual
    return {usual: key for key, usual in pressed.items() if key != usual}
