"""What it costs the web process to leave work to a worker."""

from __future__ import annotations

import os
import subprocess
import sys
from urllib.parse import urlencode

import pytest
from django.db import connection

CODE = """
import sys
import django

django.setup()
from django.db import transaction
from approvals.services.queue import wake

with transaction.atomic():
    wake(1)
    transaction.set_rollback(True)
print(sorted({"approvals.tasks", "approvals.driving.drive", "langgraph.pregel"} & {*sys.modules}))
"""


@pytest.mark.django_db(transaction=True)
def test_deferring_a_job_imports_neither_the_jobs_nor_langgraph() -> None:
    place = connection.settings_dict
    told = {"user": place["USER"], "dbname": place["NAME"], "host": place["HOST"]}
    here = {
        "DJANGO_SETTINGS_MODULE": "langvel_site.settings",
        "DATABASE_URL": f"postgresql://?{urlencode(told)}",
    }

    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=os.environ | here,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )

    assert done.stdout.strip() == "[]"
