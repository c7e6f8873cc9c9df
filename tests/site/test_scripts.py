"""The site's modules reach the browser as one script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from langvel_site.scripts import MODULES, NAME, OneScriptFinder

SOURCES = Path(__file__).parents[2] / "static" / "js"


@pytest.fixture
def finder(settings, tmp_path):
    """Of a site whose modules may be changed."""
    folder = tmp_path / "static" / "js"
    folder.mkdir(parents=True)
    for name in MODULES:
        (folder / f"{name}.js").write_text(f"const of = '{name}';\n")
    settings.BASE_DIR, settings.DATA_DIR = tmp_path, tmp_path / "data"
    return OneScriptFinder()


def test_no_module_is_left_out():
    assert sorted(MODULES) == sorted(path.stem for path in SOURCES.glob("*.js"))

    script = Path(finders.find(NAME)).read_text()

    assert all(path.read_text() in script for path in SOURCES.glob("*.js"))


def test_each_module_keeps_its_names_to_itself(finder):
    script = Path(finder.find(NAME)).read_text()

    assert script.startswith("// live.js\n{\nconst of = 'live';\n}\n// presence.js\n{\n")


def test_a_changed_module_is_found_changed(finder, tmp_path):
    script = Path(finder.find(NAME))
    module = tmp_path / "static" / "js" / "keys.js"
    module.write_text("const of = 'other keys';\n")
    later = script.stat().st_mtime + 10
    os.utime(module, (later, later))

    assert "other keys" in Path(finder.find(NAME)).read_text()


def test_it_is_collected_with_the_other_files(finder):
    assert [name for name, _ in finder.list(None)] == [NAME]


def test_other_files_are_left_to_other_finders(finder):
    assert finder.find("site.css") == []
