"""What every test may ask for. The database is real: DATABASE_URL's, else an embedded one."""

import os
import subprocess
import time
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.programs import find_redis

# Playwright's sync API leaves a running event loop in the thread that calls the ORM.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

SCRATCH = "langvel_scratch"
JOB_TABLES = (
    "procrastinate_events",
    "procrastinate_periodic_defers",
    "procrastinate_jobs",
    "procrastinate_workers",
)

hypothesis_settings.register_profile(
    "langvel",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=bool(os.environ.get("CI")),
)
hypothesis_settings.load_profile("langvel")


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A libpq address of a database of its own, empty at first, for LangGraph's savers."""
    name = f"{SCRATCH}_{os.getpid()}"
    _scratch("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _scratch("CREATE DATABASE {}", name)
    yield _url(name)
    _scratch("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis of our own; without the program its tests are skipped, not in CI."""
    program = find_redis()
    if program is None:
        message = "there is no redis-server: install it, or set REDIS_SERVER to its path"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    address = tmp_path_factory.mktemp("redis") / "redis.sock"
    settings = {"port": "0", "unixsocket": str(address), "save": "", "appendonly": "no"}
    options = [part for name, value in settings.items() for part in (f"--{name}", value)]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    while not address.exists() and server.poll() is None:
        time.sleep(0.02)
    yield f"unix://{address}"
    server.terminate()
    server.wait(timeout=10)


@pytest.fixture(autouse=True)
def _no_jobs_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Empty the job queue after a test that commits: Django does not know those tables."""
    yield
    if _is_transactional(request):
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(JOB_TABLES)} RESTART IDENTITY")


def _is_transactional(request: pytest.FixtureRequest) -> bool:
    if {"transactional_db", "live_server"} & set(request.fixturenames):
        return True
    marker = request.node.get_closest_marker("django_db")
    return bool(marker and marker.kwargs.get("transaction"))


def _scratch(statement: str, name: str) -> None:
    with psycopg.connect(_url("postgres"), autocommit=True) as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _url(database: str) -> str:
    """An address of the same server: only the database differs."""
    parts = conninfo_to_dict(settings.DATABASE_URL) | {"dbname": database}
    return f"postgresql://?{urlencode(parts, quote_via=quote)}"
