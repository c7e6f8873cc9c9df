"""What every page loads reaches the browser as one script and one style sheet."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from langvel_site.bundles import BUNDLES, BundleFinder

SOURCES = Path(__file__).parents[2] / "static"


@pytest.fixture
def finder(settings, tmp_path):
    """Of a site whose parts may be changed."""
    for name in [part for parts in BUNDLES.values() for part in parts]:
        part = tmp_path / "static" / name
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(f"/* {name} */\n")
    settings.BASE_DIR, settings.DATA_DIR = tmp_path, tmp_path / "data"
    return BundleFinder()


def test_no_module_is_left_out():
    modules = [f"js/{path.name}" for path in (SOURCES / "js").glob("*.js")]

    assert sorted(name for name in BUNDLES["app.js"] if name.startswith("js/")) == sorted(modules)


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_holds_every_part_as_it_is_written(name):
    bundle = Path(finders.find(name)).read_text()

    assert all((SOURCES / part).read_text() in bundle for part in BUNDLES[name])


def test_each_module_keeps_its_names_to_itself(finder):
    script = Path(finder.find("app.js")).read_text()

    assert (
        '// live.js\n(() => {\n"use strict";\n/* js/live.js */\n})();\n// presence.js\n' in script
    )


def test_what_is_vendored_comes_first_and_is_not_wrapped(finder):
    script = Path(finder.find("app.js")).read_text()

    assert script.startswith("/* vendor/htmx.min.js */\n/* vendor/hx-ws.min.js */\n// live.js\n")


def test_a_changed_part_is_found_changed(finder, tmp_path):
    bundle = Path(finder.find("app.js"))
    part = tmp_path / "static" / "js" / "keys.js"
    part.write_text("/* other keys */\n")
    later = bundle.stat().st_mtime + 10
    os.utime(part, (later, later))

    assert "other keys" in Path(finder.find("app.js")).read_text()


def test_bundles_are_collected_with_the_other_files(finder):
    assert [name for name, _ in finder.list(None)] == ["app.js", "app.css"]


def test_a_bundle_is_written_before_it_is_collected(finder):
    collected = {name: storage.open(name).read() for name, storage in finder.list(None)}

    assert b"/* site.css */" in collected["app.css"]
    assert b"/* js/live.js */" in collected["app.js"]


def test_a_part_without_a_last_line_break_does_not_swallow_what_follows(finder, tmp_path):
    (tmp_path / "static" / "js" / "live.js").write_text("// the end")

    assert "// the end\n})();\n" in Path(finder.find("app.js")).read_text()


def test_a_server_of_another_account_may_read_a_bundle(finder):
    mode = Path(finder.find("app.css")).stat().st_mode

    assert mode & 0o777 == 0o644


def test_another_list_of_parts_makes_a_bundle_anew(finder, tmp_path):
    bundle = Path(finder.find("app.css"))
    bundle.write_text("of another version")
    for file in [bundle, *(tmp_path / "static").rglob("*.css")]:
        os.utime(file, (1_000, 1_000))

    assert "site.css" in Path(finder.find("app.css")).read_text()


def test_other_files_are_left_to_other_finders(finder):
    assert finder.find("site.css") == []
