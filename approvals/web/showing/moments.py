"""Moments and spans as people say them. static/js/times.js says the same, later."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

_MINUTE, _SHORTEST = timedelta(minutes=1), 0.1
_UNITS = ((86_400, _("%(count)s d")), (3_600, _("%(count)s h")), (60, _("%(count)s min")))


def span(delta: timedelta) -> str:
    """The largest whole unit: "3 min", "2 h", "5 d"."""
    seconds = int(delta.total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            return str(unit % {"count": seconds // size})
    return gettext("< 1 min")


def took(delta: timedelta) -> str:
    """A span that may be short: "0.2 s", "14 s"; from a minute on as `span` says it."""
    seconds = delta.total_seconds()
    if seconds >= _MINUTE.total_seconds():
        return span(delta)
    if seconds < _SHORTEST:
        return gettext("< %(count)s s") % {"count": number_format(_SHORTEST, 1)}
    count = number_format(int(seconds)) if seconds >= 10 else number_format(round(seconds, 1), 1)
    return gettext("%(count)s s") % {"count": count}


def ago(moment: datetime, now: datetime) -> str:
    if now - moment < _MINUTE:
        return gettext("just now")
    return gettext("%(span)s ago") % {"span": span(now - moment)}


def deadline(moment: datetime, now: datetime) -> str:
    """`due`, where no heading says what the time is."""
    words = due(moment, now)
    return words if moment <= now else gettext("due in %(span)s") % {"span": span(moment - now)}


def due(moment: datetime, now: datetime) -> str:
    if moment <= now:
        return gettext("overdue by %(span)s") % {"span": span(now - moment)}
    return gettext("in %(span)s") % {"span": span(moment - now)}
