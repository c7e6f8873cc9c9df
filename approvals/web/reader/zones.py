"""The reader's time zone: their browser says which, the server's is the fallback."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone

COOKIE = "tz"
"""Set by static/js/times.js; from the second page on times are right in the first byte."""
FIELD = "~tz"


def zone_named(name: str) -> str:
    """The zone of this name if there is one, else the one in force."""
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        return timezone.get_current_timezone_name()


def zone_of_form(request: HttpRequest) -> str:
    """The zone its moments were typed in: sent along, for a person may travel with a form open."""
    return zone_named(request.POST.get(FIELD, ""))


def zone_of(request: HttpRequest) -> str:
    return zone_named(request.COOKIES.get(COOKIE, ""))
