"""By what the server's runs tell whose they are."""

from __future__ import annotations

from django.utils.crypto import salted_hmac


def mark_of(run_id: int) -> str:
    """This site's run, and no other site's of the same number that uses the same server."""
    return f"{_site()}-{run_id}"


def is_of_this_site(mark: object) -> bool:
    return isinstance(mark, str) and mark.startswith(f"{_site()}-")


def _site() -> str:
    return salted_hmac("agents.remote.marks", "site").hexdigest()[:12]
