"""What every test may ask for. The database is real: DATABASE_URL's, else an embedded one."""

import os
import subprocess
import time
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.conf import settings
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pytest_django import DjangoDbBlocker

from tests.cleaning import empty_database, fingerprint
from tests.programs import find_redis

# Playwright's sync API leaves a running event loop in the thread that calls the ORM.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

SCRATCH = "langvel_scratch"

hypothesis_settings.register_profile(
    "langvel",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    derandomize=bool(os.environ.get("CI")),
)
hypothesis_settings.load_profile("langvel")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: after them no test can start an event loop of its own."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


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


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database; tests that commit clean it by `empty_database`, job queue included."""
    with django_db_blocker.unblock():
        as_made = fingerprint()

    def clean(self: TransactionTestCase) -> None:
        empty_database(as_made=as_made)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", clean)
        yield


def _scratch(statement: str, name: str) -> None:
    with psycopg.connect(_url("postgres"), autocommit=True) as server:
        server.execute(sql.SQL(statement).format(sql.Identifier(name)))


def _url(database: str) -> str:
    """An address of the same server: only the database differs."""
    parts = conninfo_to_dict(settings.DATABASE_URL) | {"dbname": database}
    return f"postgresql://?{urlencode(parts, quote_via=quote)}"
