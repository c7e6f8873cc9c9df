from __future__ import annotations

import pytest
from django.test import Client

from approvals.models import SavedView
from approvals.services import views
from tests.approvals.services.test_decide import together
from tests.approvals.web.reading import words
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def save(client, name="Big refunds", query="view=high&q=refund"):
    return client.post("/views/", {"name": name, "query": query})


def share(client, name="Big refunds", group="reviewers"):
    view = SavedView.objects.get(name=name)
    return client.post(f"/views/{view.pk}/", {"name": name, "group": group})


def saved_tabs(client):
    tabs = client.get("/").context["tabs"]
    return [(tab.label, tab.url) for tab in tabs if tab.is_saved]


def test_a_saved_view_is_a_tab_that_leads_back(bob):
    response = save(bob)

    assert response["Location"] == "/?view=high&q=refund"
    assert saved_tabs(bob) == [("Big refunds", "/?view=high&q=refund")]
    current = [
        tab.label for tab in bob.get("/?view=high&q=refund").context["tabs"] if tab.is_current
    ]
    assert current == ["Big refunds"]


def test_only_what_an_address_of_the_inbox_means_is_kept(bob):
    save(bob, query="view=mine&sort=-due&next=//evil.example&view=x")

    assert SavedView.objects.get().query == "sort=-due"


def test_saving_under_the_same_name_takes_its_place(bob):
    save(bob)
    save(bob, query="view=mine")

    assert [view.query for view in SavedView.objects.all()] == ["view=mine"]


def test_two_saves_at_once_leave_one(transactional_db):
    owner = make_user("bob", "reviewers")

    together([lambda: views.save_view(owner=owner, name="Mine", query="") for _ in range(2)])

    assert SavedView.objects.count() == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 41])
def test_a_name_is_short_and_not_empty(bob, name):
    save(bob, name=name)

    assert "A name has 1 to 40 characters." in words(bob.get("/views/"))
    assert not SavedView.objects.exists()


def test_nobody_keeps_views_without_end(bob, monkeypatch):
    monkeypatch.setattr(views, "MOST", 2)
    for name in "abc":
        save(bob, name=name)

    assert SavedView.objects.count() == 2


def test_it_is_ones_own_until_it_is_shared_with_a_group(bob, as_user):
    carol = as_user("carol", "reviewers")
    save(bob)

    assert saved_tabs(carol) == []
    share(bob)
    assert saved_tabs(carol) == [("Big refunds", "/?view=high&q=refund")]
    assert saved_tabs(as_user("alice", "requesters")) == []


def test_leaving_the_group_takes_it_away(bob, as_user):
    carol = as_user("carol", "reviewers")
    save(bob)
    share(bob)

    make_user("carol", "supervisors")

    assert saved_tabs(carol) == []


def test_a_view_is_renamed_shared_and_kept_to_oneself_again(bob):
    save(bob)
    view = SavedView.objects.get()

    for fields in ({"name": "Refunds", "group": "reviewers"}, {"name": "Refunds", "group": ""}):
        assert bob.post(f"/views/{view.pk}/", fields).status_code == 303

    view.refresh_from_db()
    assert (view.name, view.group) == ("Refunds", None)


def test_a_name_is_taken_once(bob):
    save(bob)
    save(bob, name="Other")

    bob.post(f"/views/{SavedView.objects.get(name='Other').pk}/", {"name": "Big refunds"})

    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["Big refunds", "Other"]


def test_one_shares_only_with_a_group_one_is_in(bob):
    save(bob)

    assert share(bob, group="supervisors").status_code == 403
    assert SavedView.objects.get().group is None


def test_only_the_owner_changes_or_deletes_a_view(bob, as_user):
    carol, dora = as_user("carol", "reviewers"), as_user("dora", "supervisors")
    save(bob)
    share(bob)
    view = SavedView.objects.get()

    answers = [
        client.post(path, {"name": "Hers", "group": ""}).status_code
        for client in (carol, dora, Client())
        for path in (f"/views/{view.pk}/", f"/views/{view.pk}/delete/")
    ]

    assert answers == [403, 403, 404, 404, 302, 302]
    assert SavedView.objects.get().name == "Big refunds"


def test_a_view_is_deleted_once(bob):
    save(bob)
    view = SavedView.objects.get()

    answers = [bob.post(f"/views/{view.pk}/delete/").status_code for _ in range(2)]

    assert (answers, SavedView.objects.count()) == ([303, 404], 0)


def test_the_page_lists_ones_own_and_those_of_others(bob, as_user):
    save(as_user("carol", "reviewers"), name="Carols")
    share(as_user("carol", "reviewers"), name="Carols")
    save(bob)

    page = words(bob.get("/views/"))

    assert "Carols by carol, for reviewers" in page
    assert "Big refunds" in bob.get("/views/").content.decode()
