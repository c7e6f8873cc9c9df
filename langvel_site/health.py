"""/healthz: this process answers. /readyz: it can do its work."""

from collections.abc import Callable

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from approvals.startup import unapplied_migrations

GetResponse = Callable[[HttpRequest], HttpResponse]

# procrastinate's workers say they are alive every ten seconds.
WORKER_IS_LATE = "40 seconds"


class HealthMiddleware:
    """Answers before hosts, sessions and logins are looked at: probes have none of them."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "alive"})
        if request.path == "/readyz":
            return readiness()
        return self.get_response(request)


def readiness() -> JsonResponse:
    checks = {"database": "down", "migrations": "unknown", "worker": "unknown"}
    try:
        connection.ensure_connection()
        checks["database"] = "ok"
        checks["migrations"] = "unapplied" if unapplied_migrations() else "ok"
        if checks["migrations"] == "ok":
            checks["worker"] = "ok" if has_live_worker() else "missing"
    except DatabaseError:
        pass
    is_ready = set(checks.values()) == {"ok"}
    body = {"status": "ready" if is_ready else "not ready", "checks": checks}
    response = JsonResponse(body, status=200 if is_ready else 503)
    # Django would log every probe of a site that is starting as an error.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def has_live_worker() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - %s::interval)",
            [WORKER_IS_LATE],
        )
        return bool(cursor.fetchone()[0])
