"""The environment is read once, and a wrong value is refused by name."""

import json
import traceback

import pytest
from django.core.exceptions import ImproperlyConfigured

from langvel_site import environ


@pytest.mark.parametrize(
    ("value", "meaning"), [("1", True), ("yes", True), ("0", False), ("", False), ("off", False)]
)
def test_a_flag_is_read_in_the_usual_words(monkeypatch, value, meaning):
    monkeypatch.setenv("LANGVEL_DEBUG", value)

    assert environ.flag("LANGVEL_DEBUG") is meaning


def test_a_flag_that_is_neither_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("LANGVEL_DEBUG", "perhaps")

    with pytest.raises(ImproperlyConfigured, match="LANGVEL_DEBUG='perhaps'"):
        environ.flag("LANGVEL_DEBUG")


@pytest.mark.parametrize("value", ["http", "65536", "-1"])
def test_a_port_that_is_none_is_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("PORT", value)

    with pytest.raises(ImproperlyConfigured, match="PORT"):
        environ.number("PORT", 8000, most=65535)


@pytest.mark.parametrize("value", ["approvals.example", "ftp://a.example", "https://a.example/x"])
def test_a_public_address_that_cannot_work_is_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("LANGVEL_URL", value)

    with pytest.raises(ImproperlyConfigured, match="LANGVEL_URL"):
        environ.address("LANGVEL_URL", "http://127.0.0.1:8000")


@pytest.mark.parametrize(
    "value", ["{", "[]", '{"a": 1}', '{"a": {}}', '{"a": {"path": "b.c", "x": 1}}']
)
def test_agents_that_are_no_names_and_paths_are_refused_by_name(monkeypatch, value):
    monkeypatch.setenv("LANGVEL_AGENTS", value)

    with pytest.raises(ImproperlyConfigured, match="LANGVEL_AGENTS"):
        environ.agents("LANGVEL_AGENTS")


def test_agents_of_the_environment_are_added_by_name(monkeypatch):
    added = {
        "mine": "my.agents.Mine",
        "other": {"path": "my.graph", "resume": "each"},
        "far": {"url": "https://agents.example", "assistant": "agent"},
    }
    monkeypatch.setenv("LANGVEL_AGENTS", json.dumps(added))

    assert environ.agents("LANGVEL_AGENTS") == added


def test_agents_that_are_no_json_are_not_quoted(monkeypatch):
    monkeypatch.setenv("LANGVEL_AGENTS", '{"far": {"headers": {"x-api-key": "s3cret"}}')

    with pytest.raises(ImproperlyConfigured) as refused:
        environ.agents("LANGVEL_AGENTS")

    assert "s3cret" not in "".join(traceback.format_exception(refused.value))
    assert not isinstance(refused.value.__cause__, json.JSONDecodeError)


def test_a_database_address_becomes_django_settings():
    address = "postgresql://bob:p%40ss@db.example:5433/approvals?sslmode=require"

    assert environ.database(address) == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "approvals",
        "USER": "bob",
        "PASSWORD": "p@ss",
        "HOST": "db.example",
        "PORT": "5433",
        "OPTIONS": {"sslmode": "require"},
    }


def test_a_database_address_may_name_a_socket_folder():
    found = environ.database("postgresql://postgres@/langvel?host=%2Ftmp%2Fsocket")

    assert (found["HOST"], found["NAME"], found["PORT"]) == ("/tmp/socket", "langvel", "")


def test_a_wrong_database_address_is_refused_without_showing_its_password():
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refused:
        environ.database("mysql://bob:hunter2@db.example/approvals")

    assert "hunter2" not in str(refused.value)


def test_the_secret_of_development_is_made_once_and_private(tmp_path):
    path = tmp_path / "data" / "secret_key"

    made = environ.secret_kept_in(path)

    assert len(made) > 50
    assert environ.secret_kept_in(path) == made
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_secret_that_cannot_be_kept_is_refused_with_the_remedy(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ImproperlyConfigured, match="Set LANGVEL_SECRET_KEY"):
        environ.secret_kept_in(tmp_path / "file" / "secret_key")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "smtp://me:pass%40word@mail.example",
            ("mail.example", 587, "me", "pass@word", True, False),
        ),
        ("smtps://mail.example:4465", ("mail.example", 4465, "", "", False, True)),
        ("smtp+plain://localhost", ("localhost", 25, "", "", False, False)),
    ],
)
def test_a_mail_server_is_one_address(monkeypatch, value, expected):
    monkeypatch.setenv("LANGVEL_EMAIL_URL", value)

    found = environ.mail_server("LANGVEL_EMAIL_URL")

    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    assert tuple(found[f"EMAIL_{name}"] for name in names) == expected


def test_without_a_mail_server_there_are_no_settings_for_one(monkeypatch):
    monkeypatch.delenv("LANGVEL_EMAIL_URL", raising=False)

    assert environ.mail_server("LANGVEL_EMAIL_URL") == {}


@pytest.mark.parametrize("value", ["mail.example", "http://me:secret@a", "smtp://me:secret@:5x"])
def test_a_mail_server_that_is_none_is_refused_without_its_password(monkeypatch, value):
    monkeypatch.setenv("LANGVEL_EMAIL_URL", value)

    with pytest.raises(ImproperlyConfigured, match="LANGVEL_EMAIL_URL") as refused:
        environ.mail_server("LANGVEL_EMAIL_URL")

    assert "secret" not in "".join(traceback.format_exception(refused.value))
