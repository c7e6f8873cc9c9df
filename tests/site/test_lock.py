"""requirements.lock: versions and hashes, nothing about where they came from."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

SITE = Path(__file__).resolve().parents[2]
LOCK = (SITE / "requirements.lock").read_text()
PINS = {
    canonicalize_name(name): Version(version)
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", LOCK, re.M)
}


def test_the_lock_names_no_address_and_no_index():
    for forbidden in ("://", "--index", "--find-links", "--extra-index", " @ "):
        assert forbidden not in LOCK


def test_every_version_in_the_lock_has_a_hash():
    for entry in re.split(r"\n(?=\S)", LOCK.strip()):
        assert re.match(r"[A-Za-z0-9._-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_every_dependency_of_the_project_is_in_the_lock_in_a_version_it_allows():
    project = tomllib.loads((SITE / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    declared = project["project"]["dependencies"] + groups["dev"] + groups["libraries"]

    for text in declared:
        wanted = Requirement(text)
        assert PINS[canonicalize_name(wanted.name)] in wanted.specifier, text
