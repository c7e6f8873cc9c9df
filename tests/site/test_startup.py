"""When the servers refuse to start, and what they say then."""

from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from approvals import startup

pytestmark = pytest.mark.django_db


@pytest.fixture
def public(settings):
    """A deployment as it should be."""
    settings.HOST = "0.0.0.0"
    settings.PUBLIC_URL = urlsplit("https://approvals.example")
    settings.HTTPS, settings.INSECURE_HTTP = True, False
    settings.DEBUG, settings.SECRET_KEY_IS_OURS = False, False
    return settings


def test_a_proper_deployment_starts(public):
    startup.refuse_to_serve_unsafely()


def test_a_machine_of_ones_own_starts_as_it_is(public):
    public.HOST, public.PUBLIC_URL = "127.0.0.1", urlsplit("http://127.0.0.1:8000")
    public.HTTPS, public.SECRET_KEY_IS_OURS, public.DEBUG = False, True, True

    startup.refuse_to_serve_unsafely()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "approvals.example"])
def test_debug_on_a_public_host_is_refused(public, host):
    public.HOST, public.DEBUG = host, True

    with pytest.raises(CommandError, match="Unset LANGVEL_DEBUG"):
        startup.refuse_to_serve_unsafely()


def test_a_default_secret_on_a_public_host_is_refused(public):
    public.SECRET_KEY_IS_OURS = True

    with pytest.raises(CommandError, match="Set LANGVEL_SECRET_KEY"):
        startup.refuse_to_serve_unsafely()


def test_a_default_secret_behind_a_public_address_is_refused(public):
    public.HOST, public.SECRET_KEY_IS_OURS = "127.0.0.1", True

    with pytest.raises(CommandError, match="Set LANGVEL_SECRET_KEY"):
        startup.refuse_to_serve_unsafely()


def test_plain_http_on_a_public_host_is_refused(public):
    public.HTTPS, public.PUBLIC_URL = False, urlsplit("http://approvals.example")

    with pytest.raises(CommandError, match="LANGVEL_INSECURE_HTTP=1"):
        startup.refuse_to_serve_unsafely()


def test_plain_http_on_a_public_host_can_be_insisted_on(public):
    public.HTTPS, public.PUBLIC_URL = False, urlsplit("http://approvals.example")
    public.INSECURE_HTTP = True

    startup.refuse_to_serve_unsafely()


@pytest.mark.parametrize(
    "refuse", [startup.refuse_to_serve_unsafely, startup.refuse_to_work_unsafely]
)
def test_unapplied_migrations_are_refused(public, refuse):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")

    with pytest.raises(CommandError, match=r"sessions\.0001_initial. Run: manage.py migrate"):
        refuse()


@pytest.mark.parametrize(
    "refuse", [startup.refuse_to_serve_unsafely, startup.refuse_to_work_unsafely]
)
def test_a_serializer_that_is_not_strict_is_refused(public, monkeypatch, refuse):
    monkeypatch.setenv("LANGGRAPH_STRICT_MSGPACK", "false")

    with pytest.raises(CommandError, match="Set LANGGRAPH_STRICT_MSGPACK=true"):
        refuse()


def test_every_reason_is_named_at_once(public):
    public.DEBUG, public.SECRET_KEY_IS_OURS = True, True

    with pytest.raises(CommandError) as refused:
        startup.refuse_to_serve_unsafely()

    assert str(refused.value).count("\n- ") == 2


def test_a_worker_refuses_a_bad_path_by_name(settings):
    settings.LANGVEL_AGENTS = {"broken": "no.such.module.Agent"}

    with pytest.raises(CommandError, match=r"broken.*no\.such\.module\.Agent"):
        call_command("worker")


def test_migrations_and_models_agree():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
