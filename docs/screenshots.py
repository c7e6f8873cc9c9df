"""Takes the pictures in docs/images: every page, in light, in dark and on a telephone.

    .venv/bin/python docs/screenshots.py [--only NAME …] [--looks light dark phone] [--png FOLDER]

The site is its own, in a folder that is thrown away again, or in LANGVEL_DATA_DIR when that is
set. With --png the pictures are written to that folder instead, without loss.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
OWN = "" if "LANGVEL_DATA_DIR" in os.environ else tempfile.mkdtemp(prefix="langvel-pictures-")
with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "langvel_site.settings",
        "LANGVEL_DATA_DIR": OWN or os.environ["LANGVEL_DATA_DIR"],
        "PORT": str(probe.getsockname()[1]),
        # Playwright keeps a loop in this thread; nothing of ours runs in it.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
    }

import django  # noqa: E402

django.setup()

from docs.pictures.camera import LOOKS, take_all  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=[], help="names of pictures")
    parser.add_argument("--looks", nargs="+", default=list(LOOKS), choices=list(LOOKS))
    parser.add_argument("--png", type=Path, help="where to write them without loss")
    chosen = parser.parse_args()
    try:
        missed = take_all(only=chosen.only, looks=chosen.looks, png=chosen.png)
    finally:
        if OWN:
            shutil.rmtree(OWN, ignore_errors=True)
    sys.exit(f"Not taken: {', '.join(missed)}" if missed else 0)


if __name__ == "__main__":
    main()
