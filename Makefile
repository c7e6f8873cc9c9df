# Python 3.11 or newer is all this needs; everything else goes into .venv and .langvel.

SUITS := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c '$(SUITS)' 2> /dev/null && echo $$name && break; done)
BIN := .venv/bin
STAMP := .venv/installed
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --group dev --group libraries \
	--generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml

.PHONY: chaos install demo test lint check lock docs screenshots messages
.DEFAULT_GOAL := install

install: $(STAMP)

# The lock pins uv itself, so pip installs uv by its hashes and uv installs the rest, fast.
$(STAMP): requirements.lock
	@[ -n "$(PYTHON)" ] && $(PYTHON) -c '$(SUITS)' || \
		{ echo "Python 3.11, 3.12 or 3.13 is needed; say which with PYTHON=…" >&2; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv || \
		{ echo "On Debian: apt-get install python3-venv" >&2; rm -rf .venv; exit 1; }
	@awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes \
		-r requirements.lock
	@touch $@

demo: install
	@exec $(BIN)/python manage.py demo

test: install
	@$(BIN)/python -m tests.programs
	$(BIN)/python -m pytest $(PYTEST)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	@cp requirements.lock .venv/requirements.lock
	@$(COMPILE) -o .venv/requirements.lock
	@diff -q requirements.lock .venv/requirements.lock || \
		{ echo "requirements.lock does not fit pyproject.toml: run make lock" >&2; exit 1; }

check: lint test

# Kills, crashes and races at full length; each prints its seed and what it found.
# Then every guard is taken out, to see that its tests turn red.
chaos: install
	@$(BIN)/python -m tests.chaos --long
	@exec $(BIN)/python -m tests.guards

# Keeps the versions that still fit; delete requirements.lock first to take the newest.
lock: | $(BIN)/uv
	$(COMPILE) -o requirements.lock

$(BIN)/uv:
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv

# The texts of the pages into locale/*, and what is translated there into what Django reads.
messages: install
	@$(BIN)/python manage.py messages

# The reference of langvel, from its docstrings.
docs: install
	@$(BIN)/python -m docs.reference

# The pictures of docs/images, from a site of their own that is thrown away again.
screenshots: install
	@exec $(BIN)/python docs/screenshots.py
