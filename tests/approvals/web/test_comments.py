"""Comments on the review page, and the page of notifications."""

from __future__ import annotations

import pytest
from django.test import Client

from approvals.models import Comment, Notification
from approvals.services.comments import comment, withdraw
from tests.approvals.web.reading import HTMX, words
from tests.factories import ACTION, make_interrupt, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(db):
    return make_user("carol", "reviewers")


def say(client, question, body="Hm.", pointer="", **headers):
    data = {"body": body, "pointer": pointer}
    return client.post(f"/interrupts/{question.pk}/comments/", data, **headers)


def test_a_comment_is_posted_without_javascript(bob):
    question = make_interrupt()

    response = say(bob, question, "Is this **right**?", "/0/args/amount")

    assert response["Location"] == f"/interrupts/{question.pk}/#comments"
    page = bob.get(f"/interrupts/{question.pk}/").content.decode()
    assert "Is this <strong>right</strong>?" in page
    assert '<a href="#f-amount">amount</a>' in page


def test_a_comment_is_posted_with_htmx_and_the_box_is_empty_again(bob):
    question = make_interrupt()

    page = say(bob, question, "Hm.", **HTMX).content.decode()

    assert page.lstrip().startswith("<section") and "<html" not in page
    assert "<p>Hm.</p>" in page
    assert '<textarea id="comment-1"' in page
    assert ">\n</textarea>" in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_comment_that_cannot_be_kept_is_still_in_the_box(bob, headers):
    response = say(bob, make_interrupt(), "x" * 10_001, **headers)

    assert response.status_code == 422
    assert "A comment has at most 10,000 characters." in words(response)
    assert "x" * 10_001 in response.content.decode()


def test_words_of_people_are_shown_as_harmlessly_as_those_of_agents(bob):
    question = make_interrupt()
    say(bob, question, "<script>x</script> ![i](http://a/b.png) \u202eevil")

    page = bob.get(f"/interrupts/{question.pk}/").content.decode()

    assert "<script>x" not in page
    assert "<img" not in page.split('id="comments"')[1]
    assert "U+202E" in page


def test_a_comment_can_be_about_each_value_of_several_actions(bob):
    mail = ACTION | {"name": "mail", "args": {"to": "ann", "cc": ["x"]}}
    question = make_interrupt(actions=[ACTION, mail], dialect="langchain_batched")

    page = bob.get(f"/interrupts/{question.pk}/").content.decode()

    assert '<option value="/1/args/cc/0">mail: cc / 0</option>' in page
    assert '<option value="/0/args/amount">pay: amount</option>' in page


def test_a_place_deeper_than_the_list_is_named_all_the_same(bob):
    deep = ACTION | {"args": {"a": {"b": {"c": {"d": 1}}}}, "schema": None}
    question = make_interrupt(actions=[deep])
    comment(question.pk, author=make_user("bob", "reviewers"), body="x", pointer="/0/args/a/b/c/d")

    assert "on a / b / c / d" in words(bob.get(f"/interrupts/{question.pk}/"))


def test_who_was_told_is_shown(bob, carol):
    question = make_interrupt()

    assert "told carol" in words(say(bob, question, "@carol?", **HTMX))


def test_only_the_author_is_offered_to_withdraw(bob, as_user, carol):
    question = make_interrupt()
    made = comment(question.pk, author=carol, body="Wrong one")

    assert "Withdraw" not in words(bob.get(f"/interrupts/{question.pk}/"))
    assert bob.post(f"/comments/{made.pk}/withdraw/").status_code == 403

    response = as_user("carol", "reviewers").post(f"/comments/{made.pk}/withdraw/", **HTMX)

    assert "withdrawn" in words(response)
    assert "Wrong one" not in words(response)


def test_withdrawing_leads_back_to_the_question(bob):
    question = make_interrupt()
    made = comment(question.pk, author=make_user("bob", "reviewers"), body="x")

    for _ in range(2):
        response = bob.post(f"/comments/{made.pk}/withdraw/")
        assert response["Location"] == f"/interrupts/{question.pk}/#comments"


def test_the_question_of_somebody_else_is_not_found(as_user, carol):
    question = make_interrupt()
    made = comment(question.pk, author=carol, body="x")
    zoe = as_user("zoe", "requesters")

    assert zoe.get(f"/interrupts/{question.pk}/comments/", **HTMX).status_code == 404
    assert say(zoe, question).status_code == 404
    assert zoe.post(f"/comments/{made.pk}/withdraw/").status_code == 404
    assert zoe.post("/comments/999999/withdraw/").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/interrupts/1/comments/"),
        ("post", "/interrupts/1/comments/"),
        ("post", "/comments/1/withdraw/"),
        ("get", "/notifications/"),
        ("post", "/notifications/read/"),
        ("get", "/notifications/bell/"),
    ],
)
def test_somebody_unknown_is_sent_to_the_door(db, method, path):
    assert getattr(Client(), method)(path)["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize("path", ["/comments/1/withdraw/", "/notifications/read/"])
def test_nothing_is_changed_by_looking(bob, path):
    assert bob.get(path).status_code == 405


def test_the_comments_of_a_page_are_its_fragment_and_otherwise_a_place_on_it(bob):
    question = make_interrupt()

    assert bob.get(f"/interrupts/{question.pk}/comments/", **HTMX).content.count(b"<ol") == 1
    place = bob.get(f"/interrupts/{question.pk}/comments/")["Location"]
    assert place == f"/interrupts/{question.pk}/#comments"


def test_three_comments_cost_as_many_queries_as_one(
    bob, carol, django_assert_max_num_queries, django_assert_num_queries
):
    question = make_interrupt()
    comment(question.pk, author=make_user("bob", "reviewers"), body="@carol one")
    with django_assert_max_num_queries(8) as one:
        bob.get(f"/interrupts/{question.pk}/comments/", **HTMX)

    for name in ("dora", "emil"):
        comment(question.pk, author=make_user(name, "reviewers"), body="@carol @bob more")

    with django_assert_num_queries(len(one)):
        bob.get(f"/interrupts/{question.pk}/comments/", **HTMX)


def test_the_bell_counts_what_was_not_read(bob, carol):
    question = make_interrupt()
    assert 'aria-label="Notifications"' in bob.get("/").content.decode()

    comment(question.pk, author=carol, body="@bob one")
    comment(question.pk, author=carol, body="@bob two")

    assert 'aria-label="Notifications, 2 unread"' in bob.get("/").content.decode()
    assert "2 unread" in bob.get("/notifications/bell/", **HTMX).content.decode()


def test_notifications_lead_to_the_comment_and_are_marked_as_read(bob, carol):
    question = make_interrupt(title="Pay 100.00")
    made = comment(question.pk, author=carol, body="@bob look")
    comment(question.pk, author=carol, body="@bob again")

    page = bob.get("/notifications/")
    assert f"/interrupts/{question.pk}/#comment-of-{made.pk}" in page.content.decode()
    assert "carol mentioned you on Pay 100.00" in words(page)

    one = Notification.objects.get(comment=made)
    for _ in range(2):
        bob.post("/notifications/read/", {"notification": one.pk})
        assert Notification.objects.unread().count() == 1
    bob.post("/notifications/read/")
    assert not Notification.objects.unread().exists()
    assert "Mark as read" not in words(bob.get("/notifications/"))


@pytest.mark.parametrize("odd", ["x", "-1", "9" * 40])
def test_an_odd_number_of_a_notification_is_not_found(bob, odd):
    assert bob.post("/notifications/read/", {"notification": odd}).status_code == 404


def test_a_notification_of_somebody_else_stays_unread(bob, carol):
    made = comment(make_interrupt().pk, author=make_user("bob", "reviewers"), body="@carol")
    theirs = Notification.objects.get(comment=made)

    bob.post("/notifications/read/", {"notification": theirs.pk})

    assert Notification.objects.unread().count() == 1


def test_without_notifications_the_page_says_how_one_comes(bob):
    assert "When somebody writes @bob in a comment" in words(bob.get("/notifications/"))


def test_a_withdrawn_comment_leaves_the_notifications(bob, carol):
    made = comment(make_interrupt().pk, author=carol, body="@bob look")
    withdraw(made.pk, author=carol)

    assert "look" not in words(bob.get("/notifications/"))
    assert Comment.objects.count() == 1
