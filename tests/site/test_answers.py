"""What every answer of the site carries, and the limit on every request."""

import gzip

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from langvel_site.middleware import CONTENT_SECURITY_POLICY, HEADERS

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


@pytest.fixture
def site(db, client: Client) -> Client:
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize(
    ("path", "status"),
    [("/admin/login/", 200), ("/no-such-page/", 404), ("/healthz", 200), ("/api/v1/runs/", 401)],
)
def test_every_answer_carries_the_same_headers(site, path, status):
    response = site.get(path)

    assert response.status_code == status
    assert {name: response[name] for name in HEADERS} == HEADERS


def test_the_content_policy_allows_nothing_inline_and_nothing_from_elsewhere():
    assert CONTENT_SECURITY_POLICY == POLICY


def test_the_pages_of_the_admin_carry_the_content_policy(admin_client):
    response = admin_client.get("/admin/")

    assert response.status_code == 200
    assert response["Content-Security-Policy"] == POLICY


def test_a_page_is_compressed_for_whoever_takes_gzip(admin_client):
    plain = admin_client.get("/runs/")
    packed = admin_client.get("/runs/", headers={"accept-encoding": "gzip"})

    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert b"<main" in gzip.decompress(packed.content)


def test_an_unknown_host_is_refused_with_the_headers(site):
    response = site.get("/admin/login/", headers={"host": "evil.example"})

    assert response.status_code == 400
    assert response["Content-Security-Policy"] == POLICY


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(site):
    User.objects.create_superuser("bob", password="pw")

    site.post("/admin/login/", {"username": "bob", "password": "pw"})

    cookie = site.cookies[settings.SESSION_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_body_over_the_limit_is_answered_413_in_json_to_the_api(site, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    response = site.post("/api/v1/runs/", {"agent": "orders"}, content_type="application/json")

    assert response.status_code == 413
    assert response.json() == {
        "code": "too_large",
        "detail": "The request is larger than 10 bytes.",
        "errors": [],
    }


def test_a_body_over_the_limit_is_answered_413_to_pages(site, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10

    assert site.post("/admin/login/", {"username": "bob" * 10}).status_code == 413


def test_the_schema_of_the_api_is_open_to_all(site):
    response = site.get("/api/schema/")

    assert response.status_code == 200
    assert response["Content-Type"].startswith("application/vnd.oai.openapi")


# --- health


def alive_worker(ago: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval)",
            [ago],
        )


def test_healthz_needs_no_database_and_no_known_host(client):
    response = client.get("/healthz", headers={"host": "10.1.2.3"})

    assert (response.status_code, response.json()) == (200, {"status": "alive"})


def test_readyz_says_ready_when_a_worker_is_alive(site):
    alive_worker("5 seconds")

    response = site.get("/readyz")

    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"database": "ok", "migrations": "ok", "worker": "ok"},
    }


def test_readyz_is_503_while_no_worker_has_been_heard(site):
    alive_worker("2 minutes")

    response = site.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"]["worker"] == "missing"


def test_readyz_is_503_while_a_migration_is_missing(site):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

    response = site.get("/readyz")

    assert response.status_code == 503
    assert response.json()["checks"] == {
        "database": "ok",
        "migrations": "unapplied",
        "worker": "unknown",
    }
