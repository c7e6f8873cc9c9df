from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from approvals.models import UserPreferences
from tests.approvals.api.client import bob as with_token
from tests.approvals.api.client import body
from tests.factories import PASSWORD, make_interrupt, make_user

pytestmark = pytest.mark.django_db

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
FORM = {"keys_on": "on", "density": "compact", "after_decision": "list"}


def spoken(response):
    """The language a page says it is in."""
    return re.search('<html lang="([^"]*)"', response.content.decode())[1]


def choose(client, language):
    return client.post("/settings/", FORM | {"language": language})


def ticked(client):
    page = client.get("/settings/").content.decode()
    return re.search(r'name="language" value="(\w*)" checked', page)[1]


@pytest.mark.parametrize(
    ("asked", "language"),
    [({}, "en"), (GERMAN, "de"), ({"Accept-Language": "fr"}, "en")],
    ids=["nothing", "German", "French"],
)
def test_the_sign_in_page_speaks_the_browsers_language(asked, language):
    response = Client().get("/login/", headers=asked)

    assert (spoken(response), response["Content-Language"]) == (language, language)


def test_whoever_chose_nothing_reads_the_language_of_their_browser(bob):
    assert spoken(bob.get("/runs/", headers=GERMAN)) == "de"
    assert spoken(bob.get("/runs/")) == "en"


def test_a_chosen_language_comes_before_that_of_the_browser(bob):
    choose(bob, "en")

    assert spoken(bob.get("/runs/", headers=GERMAN)) == "en"


def test_another_browser_of_the_same_person_follows(bob):
    choose(bob, "de")

    other = Client()
    other.post("/login/", {"username": "bob", "password": PASSWORD})

    assert spoken(other.get("/runs/")) == "de"


def test_the_admin_speaks_it_too(client):
    client.force_login(make_user("carol", is_staff=True))
    choose(client, "de")

    assert "Willkommen" in client.get("/admin/").content.decode()


def test_a_page_that_is_not_there_speaks_it_too(bob):
    choose(bob, "de")

    response = bob.get("/no-such-page/")

    assert (response.status_code, spoken(response)) == (404, "de")


def test_choosing_the_browsers_language_again_takes_the_choice_back(bob):
    for _ in range(2):
        choose(bob, "de")
    assert ticked(bob) == "de"

    for _ in range(2):
        choose(bob, "")

    assert (ticked(bob), spoken(bob.get("/runs/"))) == ("", "en")


def test_a_language_that_there_is_not_is_no_choice(bob):
    choose(bob, "tlh")

    assert UserPreferences.objects.get().language == ""


def test_a_language_that_is_gone_is_passed_over(bob):
    choose(bob, "de")
    UserPreferences.objects.update(language="fr")

    assert spoken(bob.get("/runs/")) == "en"


def test_a_chosen_language_costs_no_query(bob):
    choose(bob, "")
    with CaptureQueriesContext(connection) as without:
        bob.get("/agents/")
    choose(bob, "de")
    with CaptureQueriesContext(connection) as chosen:
        bob.get("/agents/")

    assert len(chosen) == len(without)


def test_a_language_ends_with_its_request(bob):
    choose(bob, "de")
    bob.get("/runs/")

    assert translation.get_language() == "en"


def test_caches_are_told_that_the_language_is_asked_for():
    assert "Accept-Language" in Client().get("/login/")["Vary"]


def refusal_of(client, **headers):
    question = make_interrupt()
    address = f"/api/v1/interrupts/{question.pk}/decide/"
    response = client.post(address, body(question, version=9), format="json", headers=headers)
    return response.json()["code"], response.json()["detail"]


def test_a_program_is_refused_in_english_unless_it_asks_for_another_language():
    code, english = refusal_of(with_token())
    same, german = refusal_of(with_token(), **GERMAN)

    assert (code, same) == ("stale", "stale")
    assert english == "The question has changed since you saw it. Look at it again."
    assert german.startswith("Die Frage hat sich geändert")
