"""By what the server's runs tell whose they are."""

from __future__ import annotations

from django.utils.crypto import salted_hmac


def mark_of(run_id: int) -> str:
    """This site's run, and no other site's of the same number that uses the same server."""
    site = salted_hmac("agents.remote.marks", "site").hexdigest()[:12]
    return f"{site}-{run_id}"
