from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.jsonable import canonical
from approvals import audit
from approvals.audit import keys
from approvals.audit.erasing import erase
from approvals.models import AuditEntry, AuditSeal
from tests.approvals.api.client import V1, alice, as_token, bob, refused
from tests.factories import make_user

pytestmark = pytest.mark.django_db

EXPORT = f"{V1}/audit/export/"


@pytest.fixture
def fetch(tmp_path: Path) -> Callable[..., Path]:
    """`fetch(run=3)`: an export of that, unpacked into a folder."""

    def fetch(**query: Any) -> Path:
        response = as_token(make_user("audrey", "auditors")).get(EXPORT, query)
        assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
        folder = tmp_path / "export"
        with zipfile.ZipFile(io.BytesIO(response.getvalue())) as archive:
            assert archive.testzip() is None
            archive.extractall(folder)
        return folder

    return fetch


def check(folder: Path, *options: str) -> tuple[int, str]:
    """Run the program of the export as somebody would who has nothing else."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", folder / "verify.py", *options],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text().splitlines()]


def rewrite(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / name).write_text(text)


def test_an_export_of_everything_fits(history: Path, fetch: Callable[..., Path]) -> None:
    folder = fetch()

    status, told = check(folder, "--key", keys.public_key())
    assert (status, told.splitlines()[-1]) == (0, "Everything fits.")
    assert len(lines(folder, "seals.ndjson")) == AuditSeal.objects.count()
    assert len(lines(folder, "entries.ndjson")) == AuditEntry.objects.count()


def test_the_export_itself_is_an_entry(history: Path, fetch: Callable[..., Path]) -> None:
    fetch(action="question.decided")

    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.actor) == ("audit.exported", make_user("audrey", "auditors"))
    assert entry.data == {
        "form": "zip",
        "complete": False,
        "filters": {"action": "question.decided"},
    }


def test_an_export_of_a_run_fits_and_holds_no_other(
    history: Path, fetch: Callable[..., Path]
) -> None:
    run = AuditEntry.objects.filter(action="run.finished")[1].run_id

    folder = fetch(run=run)

    assert check(folder)[0] == 0
    assert {entry["run"] for entry in lines(folder, "entries.ndjson")} == {run}
    assert 0 < len(lines(folder, "seals.ndjson")) < AuditSeal.objects.count()


def test_an_archive_is_read_as_it_is(history: Path, tmp_path: Path) -> None:
    response = as_token(make_user("audrey", "auditors")).get(EXPORT)
    (tmp_path / "audit.zip").write_bytes(response.getvalue())
    with zipfile.ZipFile(tmp_path / "audit.zip") as archive:
        archive.extract("verify.py", tmp_path)

    assert check(tmp_path, str(tmp_path / "audit.zip"))[0] == 0


def test_an_erased_entry_fits_without_its_words(history: Path, fetch: Callable[..., Path]) -> None:
    erase(AuditEntry.objects.filter(action="question.decided"), actor=None, reason="asked for")

    status, told = check(fetch())

    assert (status, "4 are erased" in told) == (0, True)


def test_what_waits_for_a_seal_is_counted(history: Path, fetch: Callable[..., Path]) -> None:
    audit.append(None, "sign_in.failed")

    unsealed = [row["action"] for row in lines(fetch(), "entries.ndjson") if row["seal"] is None]
    assert unsealed == ["sign_in.failed", "token.created", "audit.exported"]


CHANGES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "action": lambda rows: rows[7].update(action="x"),
    "time": lambda rows: rows[7].update(at="2020-01-01T00:00:00.000000Z"),
    "words": lambda rows: rows[2].update(personal={"reason": "forged"}),
    "deleted": lambda rows: rows.pop(7),
    "cut off": lambda rows: rows.__delitem__(slice(9, None)),
    "twice": lambda rows: rows.insert(7, rows[7]),
    "order": lambda rows: rows.insert(1, rows.pop(2)),
    "number": lambda rows: rows[7].update(id=rows[8]["id"]),
    "seal": lambda rows: rows[7].update(seal=2 if rows[7]["seal"] != 2 else 1),
    "path": lambda rows: rows[7].update(path=["00" * 32, *rows[7]["path"][1:]]),
    "unsealed": lambda rows: rows[7].update(seal=None, path=None),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_entry_of_an_export_is_found(
    history: Path, fetch: Callable[..., Path], name: str
) -> None:
    folder = fetch()
    rows = lines(folder, "entries.ndjson")

    CHANGES[name](rows)
    rewrite(folder, "entries.ndjson", rows)

    assert check(folder)[0] == 1


@pytest.mark.parametrize("change", ["missing", "statement", "signature", "last"])
def test_a_changed_seal_of_an_export_is_found(
    history: Path, fetch: Callable[..., Path], change: str
) -> None:
    folder = fetch()
    rows = lines(folder, "seals.ndjson")

    if change == "missing":
        del rows[1]
    elif change == "last":
        del rows[-1]
    elif change == "statement":
        rows[1]["statement"] = rows[1]["statement"].replace('"v":1', '"v":2')
    else:
        rows[1]["signature"] = rows[0]["signature"]
    rewrite(folder, "seals.ndjson", rows)

    assert check(folder)[0] == 1


def test_a_seal_signed_anew_no_longer_fits_the_next_one(
    history: Path, fetch: Callable[..., Path]
) -> None:
    folder = fetch()
    rows = lines(folder, "seals.ndjson")

    said = json.loads(rows[0]["statement"]) | {"at": "2020-01-01T00:00:00.000000Z"}
    rows[0]["statement"] = canonical(said)
    rows[0]["signature"] = keys.sign(rows[0]["statement"])
    rewrite(folder, "seals.ndjson", rows)

    status, told = check(folder)
    assert (status, "- seal 2: does not follow the seal before it" in told) == (1, True)
    assert "1 problems" in told


def test_an_export_of_another_key_is_not_believed(
    history: Path, fetch: Callable[..., Path]
) -> None:
    status, told = check(fetch(), "--key", "00" * 32)

    assert (status, "not one of those believed" in told) == (1, True)


@pytest.mark.parametrize("who", [alice, bob])
def test_nobody_else_takes_the_audit_away(who: Any) -> None:
    assert refused(who().get(EXPORT)) == (403, "forbidden")
    assert not AuditEntry.objects.filter(action="audit.exported").exists()


def test_a_token_needs_the_scope() -> None:
    client = as_token(make_user("audrey", "auditors"), "runs:read")

    assert refused(client.get(EXPORT)) == (403, "insufficient_scope")


def test_nobody_takes_it_without_signing_in(client: Any) -> None:
    assert client.get(EXPORT).status_code == 401


def test_looking_for_the_head_of_an_export_is_no_export() -> None:
    client = as_token(make_user("audrey", "auditors"))

    assert client.head(EXPORT).status_code == 405


def test_an_empty_history_can_be_exported(fetch: Callable[..., Path], db: None) -> None:
    assert check(fetch(run=0))[0] == 0
