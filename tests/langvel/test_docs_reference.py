"""The reference is the code's: made from it, complete, and not older."""

from __future__ import annotations

from docs import reference
from langvel.exceptions import LangvelError


def test_the_reference_is_up_to_date() -> None:
    assert reference.PAGE.read_text() == reference.reference(), "out of date: run `make docs`"


def test_everything_public_says_what_it_is_for() -> None:
    """But for properties that are named like what they hold, and methods of a protocol."""
    silent = [
        name
        for name, thing in reference.callables()
        if not reference.doc(thing) and not isinstance(thing, property)
    ]

    assert silent == ["LocalLocks.acquire", "LocalLocks.release"]


def test_each_error_is_named_by_what_raises_it() -> None:
    orphans = [name for name in reference.ERRORS if not reference.callers_of(name)]

    assert orphans == [LangvelError.__name__]
