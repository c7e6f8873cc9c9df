from __future__ import annotations

import json
import re
from html import unescape

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from approvals.models import UserPreferences
from approvals.web.reader.keys import CHANGEABLE, BadKeys, changes
from tests.approvals.web.reading import HTMX, words
from tests.factories import PASSWORD, make_agent, make_interrupt, make_user

pytestmark = pytest.mark.django_db

FORM = {"keys_on": "on", "density": "compact", "after_decision": "list"}


def body_tag(response):
    page = response.content.decode()
    return page[page.index("<body") : page.index(">", page.index("<body"))]


def ticked(client):
    page = client.get("/settings/").content.decode()
    return dict(re.findall(r'name="(density|after_decision)" value="(\w+)" checked', page))


def test_settings_are_kept_and_shown_on_every_page(bob):
    response = bob.post("/settings/", FORM | {"key:a": "y", "key:?": "q"})

    kept = UserPreferences.objects.get()
    assert (response.status_code, response["Location"]) == (303, "/settings/")
    assert (kept.user.username, kept.keys_on, kept.keys) == ("bob", True, {"a": "y", "?": "q"})
    tag = body_tag(bob.get("/runs/"))
    assert 'data-density="compact"' in tag
    keys = unescape(re.search('data-keys="([^"]*)"', tag)[1])
    assert json.loads(keys) == {"a": "y", "?": "q"}


@pytest.mark.parametrize("chosen", [{}, FORM])
def test_what_is_chosen_is_what_is_ticked(bob, chosen):
    if chosen:
        bob.post("/settings/", chosen)

    usual = {"density": "comfortable", "after_decision": "next"}
    assert ticked(bob) == usual | {name: chosen[name] for name in usual if chosen}


def test_saving_the_same_twice_changes_nothing(bob):
    for _ in range(2):
        bob.post("/settings/", FORM)

    assert UserPreferences.objects.values_list("density", "after_decision").get() == (
        "compact",
        "list",
    )


def test_keys_can_be_turned_off(bob):
    bob.post("/settings/", {"density": "compact"})

    assert "data-keys-off" in body_tag(bob.get("/"))


def test_another_browser_follows_with_its_next_page(bob):
    other = Client()
    other.post("/login/", {"username": "bob", "password": PASSWORD})
    assert 'data-density="comfortable"' in body_tag(other.get("/"))

    bob.post("/settings/", FORM)

    assert 'data-density="compact"' in body_tag(other.get("/"))
    assert ticked(other)["after_decision"] == "list"


def test_what_comes_after_a_decision_is_one_choice_on_both_pages(bob):
    bob.post("/settings/", FORM)

    for _ in range(2):
        bob.post("/decided/after/", {"after": "stay"})

    assert ticked(bob) == {"density": "compact", "after_decision": "stay"}
    bob.post("/settings/", FORM)
    current = re.findall(r'value="(\w+)" aria-current', bob.get("/decided/").content.decode())
    assert [one for one in current if one in ("next", "list", "stay")] == ["list"]


def test_a_way_nobody_knows_is_not_kept(bob):
    bob.post("/decided/after/", {"after": "home"})

    assert not UserPreferences.objects.exists()


def test_a_decision_goes_where_another_browser_chose(bob):
    interrupt = make_interrupt()
    other = Client()
    other.post("/login/", {"username": "bob", "password": PASSWORD})
    other.post("/decided/after/", {"after": "list"})

    sent = {"verb": "approve", "version": interrupt.version, "digest": interrupt.digest}

    assert bob.post(f"/interrupts/{interrupt.pk}/decide/", sent)["Location"] == "/"


def test_settings_are_ones_own(bob, alice):
    bob.post("/settings/", FORM)

    assert 'data-density="comfortable"' in body_tag(alice.get("/"))


def test_no_page_pays_for_them(bob, django_assert_num_queries, django_assert_max_num_queries):
    make_interrupt()
    with django_assert_max_num_queries(8) as before:
        bob.get("/")
    usual = len(before)
    bob.post("/settings/", FORM | {"key:a": "y"})
    bob.get("/settings/")

    with django_assert_num_queries(usual):
        bob.get("/")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"key:a": "r"}, "cannot mean both"),
        ({"key:a": "yy"}, "is not one key"),
        ({"key:a": "g"}, "begins the keys that go somewhere"),
    ],
)
def test_keys_that_cannot_work_are_refused_and_nothing_is_saved(bob, keys, said):
    response = bob.post("/settings/", FORM | keys)

    assert (response.status_code, said in words(response)) == (422, True)
    assert not UserPreferences.objects.exists()


def test_the_usual_keys_come_back(bob):
    bob.post("/settings/", FORM | {"key:a": "y"})
    bob.post("/settings/", FORM | {"key:a": "y", "usual": "1"})

    assert UserPreferences.objects.get().keys == {}


def test_two_keys_may_change_places():
    assert changes({"a": "r", "r": "a"}) == {"a": "r", "r": "a"}


def test_every_key_may_stay_as_it_is():
    assert changes({usual: usual for usual in CHANGEABLE}) == {}
    with pytest.raises(BadKeys):
        changes({"a": "\t x"})


def test_an_unknown_choice_is_the_usual_one(bob):
    bob.post("/settings/", FORM | {"density": "huge", "after_decision": "home"})

    assert UserPreferences.objects.values_list("density", "after_decision").get() == (
        "comfortable",
        "next",
    )


def test_the_help_names_ones_own_keys(bob):
    bob.post("/settings/", FORM | {"key:a": "y"})

    page = words(bob.get("/keys/"))

    assert "y Approve" in page
    assert "<html" not in bob.get("/keys/", **HTMX).content.decode()


def test_the_palette_names_places_views_and_what_may_be_started(as_user):
    make_agent("orders", title="Orders desk")

    starter = words(as_user("olga", "operators").get("/palette/"))
    reviewer = words(as_user("bob", "reviewers").get("/palette/", **HTMX))

    assert "Go to Inbox g i" in starter
    assert "Start a run of Orders desk" in starter
    assert "View Overdue" in reviewer
    assert "Start a run" not in reviewer


@pytest.mark.parametrize("path", ["/settings/", "/keys/", "/palette/", "/views/"])
def test_they_are_for_people_with_an_account(path):
    assert Client().get(path)["Location"].startswith("/login/")
    assert Client().get(path, **HTMX).status_code == 401


def test_a_stranger_saves_nothing():
    make_user("bob", "reviewers")

    assert Client().post("/settings/", FORM)["Location"].startswith("/login/")
    assert not UserPreferences.objects.exists()


def live_form(client, path="/"):
    page = client.get(path).content.decode()
    form = page[page.index('<form id="pausing"') :]
    return form[: form.index("</form>")]


def test_live_updates_are_paused_on_every_page_of_this_person_only(bob, alice):
    response = bob.post("/live/", {"live_on": "off", "next": "/runs/"})

    assert (response.status_code, response["Location"]) == (303, "/runs/")
    elsewhere = Client()
    elsewhere.login(username="bob", password=PASSWORD)
    assert "data-paused" in live_form(elsewhere, "/runs/")
    assert "Resume" in live_form(elsewhere, "/settings/")
    assert "data-paused" not in live_form(alice)


def test_live_updates_resume_and_twice_is_as_good_as_once(bob):
    bob.post("/live/", {"live_on": "off"})
    for _ in range(2):
        bob.post("/live/", {"live_on": "on"})

    assert "data-paused" not in live_form(bob)


def test_the_toggle_answers_a_script_with_itself(bob):
    response = bob.post("/live/", {"live_on": "off"}, **HTMX)

    assert response.content.decode().lstrip().startswith('<form id="pausing"')
    assert words(response) == "Paused Resume"


def test_pausing_leads_to_no_other_site(bob):
    response = bob.post("/live/", {"live_on": "off", "next": "https://evil.example/"})

    assert response["Location"] == "/"


def test_pausing_is_for_those_who_are_signed_in_and_posts(bob):
    assert Client().post("/live/", {"live_on": "off"})["Location"] == "/login/?next=/live/"
    assert bob.get("/live/").status_code == 405


def test_pausing_keeps_the_other_settings(bob):
    bob.post("/settings/", FORM | {"live_on": "on", "undo_seconds": "60"})
    bob.post("/live/", {"live_on": "off"})

    kept = UserPreferences.objects.get()
    assert (kept.live_on, kept.undo_seconds, kept.density) == (False, 60, "compact")


def test_the_palette_presses_the_button_of_the_page(bob):
    page = words(bob.get("/palette/"))
    bob.post("/live/", {"live_on": "off"})

    assert "Pause live updates" in page
    assert "Resume live updates" in words(bob.get("/palette/"))
    assert 'data-press="pause"' in bob.get("/palette/").content.decode()


@pytest.mark.parametrize(
    ("sent", "kept"), [("120", 120), ("0", 0), ("121", 0), ("-1", 0), ("x", 0)]
)
def test_the_time_to_take_back_is_one_of_those_offered(bob, sent, kept):
    bob.post("/settings/", FORM | {"undo_seconds": sent})

    assert UserPreferences.objects.get().undo_seconds == kept


def test_no_time_to_take_back_is_longer_than_two_minutes(bob):
    with pytest.raises(IntegrityError), transaction.atomic():
        UserPreferences.objects.create(user=make_user("carol"), undo_seconds=121)
