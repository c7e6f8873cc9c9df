"""The browser libraries in static/vendor are the ones the lock names, byte for byte."""

import base64
import hashlib
import json
from pathlib import Path

ROOT = Path(__file__).parents[3]
VENDOR = ROOT / "static" / "vendor"
LOCK = json.loads((VENDOR / "vendor.lock.json").read_text())


def fingerprint(path: Path) -> dict[str, object]:
    content = path.read_bytes()
    digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
    return {"bytes": len(content), "sha384": digest}


def test_every_vendored_file_is_as_it_was_built():
    found = {name: fingerprint(VENDOR / name) for name in LOCK}

    assert found == {
        name: {"bytes": entry["bytes"], "sha384": entry["sha384"]} for name, entry in LOCK.items()
    }


def test_nothing_lies_beside_the_files_the_lock_names():
    assert {path.name for path in VENDOR.iterdir()} == {*LOCK, "vendor.lock.json"}


def test_each_library_brings_its_licence():
    sources = {entry["from"] for name, entry in LOCK.items() if name.startswith("LICENSE.")}

    assert sources == {entry["from"] for entry in LOCK.values()}


def test_the_versions_are_those_of_the_package_lock():
    packages = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    locked = {
        f"{path.removeprefix('node_modules/')}@{package['version']}"
        for path, package in packages.items()
        if path
    }

    assert {entry["from"] for entry in LOCK.values()} == locked


def test_the_package_lock_names_no_registry():
    assert "resolved" not in (ROOT / "frontend" / "package-lock.json").read_text()
