"""Tests that commit leave the database as `migrate` made it."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.cleaning import empty_database, fingerprint

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def as_made():
    return fingerprint()


def test_rows_and_jobs_go_and_what_migrate_made_stays(as_made):
    User.objects.create_user("bob").groups.add(Group.objects.get(name="reviewers"))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('a', 'b')")

    empty_database(as_made=as_made)

    assert (User.objects.count(), ProcrastinateJob.objects.count()) == (0, 0)
    assert User.groups.through.objects.count() == 0
    assert fingerprint() == as_made


@pytest.mark.parametrize("meddle", [Group.objects.all, Permission.objects.all])
def test_groups_and_permissions_a_test_took_away_are_made_again(as_made, meddle):
    meddle().first().delete()

    empty_database(as_made=as_made)

    assert fingerprint() == as_made


def test_a_group_a_test_added_goes(as_made):
    Group.objects.create(name="extra")

    empty_database(as_made=as_made)

    assert fingerprint() == as_made
