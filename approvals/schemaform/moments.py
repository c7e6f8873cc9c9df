"""Dates and times between JSON's text and the browser's date controls."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from agents.moments import read_clock, read_moment

_LOCAL = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,3})?)?", re.ASCII)
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,3})?)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class NoSuchMoment(ValueError):
    """The text names no moment a form could mean; the message says so to a reader."""


def local_text(text: str, *, tz: str) -> str | None:
    """What a datetime-local control shows, or None when this text has to be edited as text.

    A moment with an offset is shown in the reader's zone, one without as it stands. Browsers
    keep no more than milliseconds.
    """
    moment = read_moment(text)
    if moment is None:
        return None
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(ZoneInfo(tz)).replace(tzinfo=None)
        except OverflowError:
            return None
    return _shortest(moment)


def same_local(one: str, other: str) -> bool:
    """Browsers rewrite 09:00:00 as 09:00; the moment is the same."""
    first, second = _local(one), _local(other)
    return first is not None and first == second


def moment_from_form(text: str, *, was: object, tz: str) -> str:
    """The JSON text of a moment that was entered in a form.

    It is written the way `was` is: without an offset, in UTC with a Z, or with the same offset.
    """
    local = _local(text)
    if local is None:
        if read_moment(text) is None:
            raise NoSuchMoment(_("Enter a date and a time, such as 2026-11-24T09:00."))
        return text
    before = read_moment(was) if isinstance(was, str) else None
    if before is not None and before.tzinfo is None:
        return local.isoformat()
    return _in_zone(local, before=before, before_text=str(was), tz=tz)


def _in_zone(local: datetime, *, before: datetime | None, before_text: str, tz: str) -> str:
    zone = ZoneInfo(tz)
    moment = local.replace(tzinfo=zone)
    try:
        if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
            raise NoSuchMoment(
                _("The clocks in %(tz)s skip this time. Choose another.") % {"tz": tz}
            )
        if before is None:
            written = moment.isoformat()
            return written.replace("+00:00", "Z") if tz == "UTC" else written
        moved = moment.astimezone(before.tzinfo).isoformat()
    except OverflowError as error:
        raise NoSuchMoment(_("This date is out of range.")) from error
    return moved.replace("+00:00", "Z") if before_text[-1:] in "Zz" else moved


def is_date(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def is_clock(text: str) -> bool:
    """A time of day that a browser's time control can hold."""
    return bool(_CLOCK.fullmatch(text)) and _time(text) is not None


def same_clock(one: str, other: str) -> bool:
    return is_clock(one) and is_clock(other) and _time(one) == _time(other)


def clock_from_form(text: str) -> str:
    if is_clock(text):
        return time.fromisoformat(text).isoformat()
    if read_clock(text) is not None:
        return text
    raise NoSuchMoment(_("Enter a time, such as 09:00."))


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text.upper())
    except ValueError:
        return None


def _local(text: str) -> datetime | None:
    if not _LOCAL.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def _shortest(moment: datetime) -> str:
    if moment.microsecond >= 1000:
        return moment.isoformat(timespec="milliseconds")
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")
