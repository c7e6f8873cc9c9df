from __future__ import annotations

import pytest
from django.test import Client

from tests.approvals.web.reading import words
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db


def test_signing_in_leads_to_the_page_one_came_for():
    make_user("bob", "reviewers")

    response = Client().post(
        "/login/", {"username": "bob", "password": PASSWORD, "next": "/runs/?status=error"}
    )

    assert (response.status_code, response["Location"]) == (302, "/runs/?status=error")


def test_signing_in_never_leads_to_another_site():
    make_user("bob", "reviewers")

    response = Client().post(
        "/login/", {"username": "bob", "password": PASSWORD, "next": "https://evil.example/"}
    )

    assert response["Location"] == "/"


def test_a_wrong_password_says_no_more_than_that():
    make_user("bob")

    known = Client().post("/login/", {"username": "bob", "password": "wrong"})
    unknown = Client().post("/login/", {"username": "nobody", "password": "wrong"})

    assert "do not match" in words(known)
    assert words(known) == words(unknown).replace("nobody", "bob")


def test_signing_out_takes_a_post(bob):
    assert bob.get("/logout/").status_code == 405
    assert bob.post("/logout/")["Location"] == "/login/"
    assert bob.get("/").status_code == 302


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_there_with_the_first_byte(bob, theme):
    bob.post("/theme/", {"theme": theme, "next": "/runs/"})

    assert f'<html lang="en" data-theme="{theme}">' in bob.get("/").content.decode()


def test_the_system_decides_again_when_asked_to(bob):
    bob.post("/theme/", {"theme": "dark"})
    bob.post("/theme/", {"theme": "system"})

    assert "data-theme" not in bob.get("/").content.decode()


def test_a_theme_nobody_knows_is_not_repeated(bob):
    bob.cookies["theme"] = '"><script>'

    assert '<html lang="en">' in bob.get("/").content.decode()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_choosing_a_theme_never_leads_away(bob, back):
    assert bob.post("/theme/", {"theme": "dark", "next": back})["Location"] == "/"


def test_an_unknown_address_has_a_page_of_its_own(bob):
    response = bob.get("/nowhere/")

    assert response.status_code == 404
    assert "Nothing here, or not yours" in words(response)


def test_a_fault_of_ours_has_a_page_that_needs_nothing(bob, monkeypatch):
    bob.raise_request_exception = False
    monkeypatch.setattr("approvals.web.inbox.pages.waiting_count", lambda request: 1 / 0)

    response = bob.get("/inbox/waiting/")

    assert response.status_code == 500
    assert "Something broke" in words(response)


def test_every_page_carries_the_content_policy(bob):
    for path in ("/", "/login/", "/nowhere/", "/runs/", "/static/site.css"):
        assert bob.get(path)["Content-Security-Policy"].startswith("default-src 'none'")
