"""Seals kept elsewhere: in a file, at a webhook, in an object store. What the database cannot unsay."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from django.conf import settings
from django.db import transaction

from approvals.audit.seals import seal_statement
from approvals.models import AuditSeal, AuditSink

TIMEOUT_SECONDS = 10
_SCHEMES = {"http": "POST", "https": "POST", "put+http": "PUT", "put+https": "PUT"}


def deliver() -> int:
    """Give the sink every seal that it lacks, in order; how many that were.

    Raises OSError when it cannot be reached; what it got stays noted.
    """
    given = 0
    while settings.LANGVEL_AUDIT_SINK and _deliver_next(settings.LANGVEL_AUDIT_SINK):
        given += 1
    return given


def delivered(address: str) -> int:
    """The last seal that this sink was given; 0 when none."""
    return (
        AuditSink.objects.filter(address=_fingerprint(address))
        .values_list("delivered", flat=True)
        .first()
        or 0
    )


def line_of(sealed: AuditSeal) -> str:
    return json.dumps({"statement": seal_statement(sealed), "signature": sealed.signature})


def file_of(address: str) -> Path | None:
    """The file that an address means; None when it is a server's."""
    if urlsplit(address).scheme in _SCHEMES:
        return None
    return Path(address.removeprefix("file://")).expanduser()


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """What a sink's file holds: statement and signature. A line cut short by a crash is left out."""
    with path.open() as lines:
        for line in lines:
            try:
                found = json.loads(line)
                found["statement"], found["signature"]
            except (ValueError, TypeError, KeyError):
                continue
            yield found


@transaction.atomic
def _deliver_next(address: str) -> bool:
    AuditSink.objects.get_or_create(address=_fingerprint(address))
    sink = AuditSink.objects.select_for_update().get(address=_fingerprint(address))
    following = AuditSeal.objects.filter(seq__gt=sink.delivered).defer("leaves").order_by("seq")
    sealed = following.first()
    if sealed is None:
        return False
    _write(address, sealed)
    sink.delivered = sealed.seq
    sink.save(update_fields=["delivered"])
    return True


def _write(address: str, sealed: AuditSeal) -> None:
    path = file_of(address)
    if path is None:
        _send(address, sealed)
    else:
        _append(path, line_of(sealed))


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    with os.fdopen(handle, "a+b") as file:
        # A line that a full disk cut short must not swallow the next one.
        end = file.seek(0, os.SEEK_END)
        cut_short = end > 0 and os.pread(file.fileno(), 1, end - 1) != b"\n"
        file.write(b"\n" * cut_short + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _send(address: str, sealed: AuditSeal) -> None:
    """POST to a webhook; PUT to an object store, where `{seq}` makes each seal an object."""
    method = _SCHEMES[urlsplit(address).scheme]
    url = address.removeprefix("put+").replace("{seq}", f"{sealed.seq:012}")
    headers = {"Content-Type": "application/json"} | settings.LANGVEL_AUDIT_SINK_HEADERS
    request = Request(url, data=line_of(sealed).encode(), method=method, headers=headers)  # noqa: S310
    with urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 (http or https only)
        response.read()


def _fingerprint(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()
