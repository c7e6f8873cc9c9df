"""Comments: for whoever sees the question, never edited, withdrawn by their author alone."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import User
from django.db import connections

from approvals.exceptions import Forbidden, NotFound
from approvals.models import AuditEntry, Comment, Interrupt, Notification
from approvals.services.comments import InvalidComment, comment, names_in, read, withdraw
from tests.factories import make_interrupt, make_run, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob():
    return make_user("bob", "reviewers")


def told(name: str) -> int:
    return Notification.objects.of(User.objects.get(username=name)).unread().count()

    return User.objects.get(username=name)


def test_a_comment_is_kept_with_its_author_and_place(bob):
    question = make_interrupt()

    made = comment(question.pk, author=bob, body=" Too\r\nmuch ", pointer="/0/args/amount")

    assert (made.author, made.body, made.pointer) == (bob, "Too\nmuch", "/0/args/amount")
    assert list(question.comments.all()) == [made]


def test_a_comment_leaves_the_question_as_reviewers_saw_it(bob):
    question = make_interrupt()
    before = (question.version, question.digest, question.updated_at)

    comment(question.pk, author=bob, body="Hm.")

    question.refresh_from_db()
    assert (question.version, question.digest, question.updated_at) == before


def test_the_history_names_the_comment_without_its_words(bob):
    question = make_interrupt()

    made = comment(question.pk, author=bob, body="secret words")
    withdraw(made.pk, author=bob)

    entries = AuditEntry.objects.filter(run=question.run).order_by("seq")
    assert [entry.action for entry in entries] == ["comment.added", "comment.withdrawn"]
    assert {entry.data["row"] for entry in entries} == {made.pk}
    assert "secret words" not in str([entry.data for entry in entries])


def test_a_requester_talks_on_their_own_question():
    question = make_interrupt()

    assert comment(question.pk, author=question.requested_by, body="It is urgent.").pk


def test_who_does_not_see_the_question_says_nothing_on_it():
    question = make_interrupt()

    with pytest.raises(NotFound):
        comment(question.pk, author=make_user("zoe", "requesters"), body="Let me in")

    assert not Comment.objects.exists()


def test_a_right_that_was_taken_away_counts_at_once(bob):
    question = make_interrupt()
    make_user("bob")

    with pytest.raises(NotFound):
        comment(question.pk, author=bob, body="Hm.")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"body": "  \n "}, "/body"),
        ({"body": "x" * 10_001}, "/body"),
        ({"body": "x", "pointer": "/0/args/nothing"}, "/pointer"),
        ({"body": "x", "pointer": "/7/args/amount"}, "/pointer"),
        ({"body": "x", "pointer": "/0/schema/type"}, "/pointer"),
        ({"body": "x", "pointer": "/0/args"}, "/pointer"),
        ({"body": "x", "pointer": "amount"}, "/pointer"),
        ({"body": "x", "pointer": "/0/args" + "/a" * 400}, "/pointer"),
    ],
)
def test_a_comment_that_cannot_be_kept_says_what_is_wrong(bob, fields, pointer):
    with pytest.raises(InvalidComment) as caught:
        comment(make_interrupt().pk, author=bob, **fields)

    assert [fault["pointer"] for fault in caught.value.errors] == [pointer]
    assert not Comment.objects.exists()


def test_the_longest_comment_is_kept_whole(bob):
    assert len(comment(make_interrupt().pk, author=bob, body="x" * 10_000).body) == 10_000


def test_people_who_are_mentioned_are_told_once(bob):
    make_user("carol", "reviewers")

    comment(make_interrupt().pk, author=bob, body="@carol, look. @carol?")

    assert told("carol") == 1


def test_nobody_is_told_of_a_question_they_do_not_see(bob):
    make_user("zoe", "requesters")
    make_user("gone", "reviewers", is_active=False)

    comment(make_interrupt().pk, author=bob, body="@zoe @gone @nobody @bob")

    assert not Notification.objects.exists()


def test_what_one_was_told_goes_with_the_right_to_see_it(bob):
    make_user("carol", "reviewers")
    comment(make_interrupt().pk, author=bob, body="@carol")

    make_user("carol")

    assert told("carol") == 0


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@carol.", ["carol.", "carol"]),
        ("(@carol)", ["carol"]),
        ("@ann-marie+x@corp", ["ann-marie+x@corp"]),
        ("write to ann@corp or see /@x", []),
        ("@ alone", []),
    ],
)
def test_names_are_found_in_a_text(text, names):
    assert names_in(text) == names


def test_an_author_withdraws_their_words(bob):
    carol = make_user("carol", "reviewers")
    made = comment(make_interrupt().pk, author=bob, body="@carol Wrong one")

    gone = withdraw(made.pk, author=bob)

    assert (gone.body, gone.withdrawn_at is not None) == ("", True)
    assert not carol.notifications.exists()


def test_withdrawing_twice_changes_nothing_more(bob):
    made = comment(make_interrupt().pk, author=bob, body="Wrong one")
    first = withdraw(made.pk, author=bob)

    second = withdraw(made.pk, author=bob)

    assert second.withdrawn_at == first.withdrawn_at
    assert AuditEntry.objects.filter(action="comment.withdrawn").count() == 1


def test_nobody_withdraws_the_words_of_another(bob):
    made = comment(make_interrupt().pk, author=bob, body="Hm.")

    with pytest.raises(Forbidden):
        withdraw(made.pk, author=make_user("carol", "supervisors"))

    made.refresh_from_db()
    assert made.body == "Hm."


def test_a_comment_on_what_one_no_longer_sees_is_not_found(bob):
    made = comment(make_interrupt().pk, author=bob, body="Hm.")
    make_user("bob")

    with pytest.raises(NotFound):
        withdraw(made.pk, author=bob)
    with pytest.raises(NotFound):
        withdraw(made.pk + 1, author=bob)


@pytest.mark.django_db(transaction=True)
def test_two_who_talk_at_once_are_both_heard_and_the_history_holds():
    question = make_interrupt(run=make_run())
    people = [make_user(name, "reviewers") for name in ("bob", "carol")]
    ready = Barrier(2)

    def talk(person) -> None:
        ready.wait()
        try:
            comment(question.pk, author=person, body=f"{person} speaks")
        finally:
            connections.close_all()

    threads = [Thread(target=talk, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {one.body for one in question.comments.all()} == {"bob speaks", "carol speaks"}
    assert [entry.seq for entry in AuditEntry.objects.order_by("seq")] == [1, 2]


def test_reading_marks_only_ones_own(bob):
    carol, dora = make_user("carol", "reviewers"), make_user("dora", "reviewers")
    comment(make_interrupt().pk, author=bob, body="@carol @dora")
    theirs = Notification.objects.get(person=dora)

    assert read(carol, [theirs.pk]) == 0
    assert read(carol) == 1
    assert read(carol) == 0
    assert (told("carol"), told("dora")) == (0, 1)


def test_comments_survive_the_end_of_their_question(bob):
    question = make_interrupt(status=Interrupt.Status.CANCELLED)

    assert comment(question.pk, author=bob, body="For the record.").pk
