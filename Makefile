# `make help` lists the commands. Each sets up what it needs; nothing has to be installed by hand beside Python 3.11.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test bench run check format lock clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
WEB_WORKERS ?= 2
DATA_DIR ?= $(CURDIR)/var
export PORT
export PIP_DISABLE_PIP_VERSION_CHECK := 1
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
VNU := vnu-jar@26.9.27
LOCK := uv pip compile pyproject.toml --all-extras --generate-hashes \
	--python-version 3.11 --universal -q --custom-compile-command "make lock"

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "This project runs on Python 3.11: install it, or say where it is with PYTHON=/path/to/python3.11."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python cannot make a virtual environment: on Debian, install python3.11-venv."; rm -rf .venv; exit 1; }

.venv/.installed: .venv/pyvenv.cfg requirements.lock
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

.venv/.installed-bench: .venv/.installed-dev requirements-bench.lock
	$(BIN)/pip install --quiet --require-hashes -r requirements-bench.lock
	@touch $@

# hashing and compressing takes a while: it is done again only when a file has changed
$(DATA_DIR)/.collected: .venv/.installed newsroom/static.py $(shell find static -type f)
	@$(MANAGE) collectstatic --no-input --clear --verbosity 0
	@touch $@

demo: .venv/.installed $(DATA_DIR)/.collected ## a living site with demo content on http://127.0.0.1:$PORT
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_demo
	@exec deploy/demo.sh

run: .venv/.installed ## the development server, with Django's error pages and reloading
	@$(MANAGE) migrate --verbosity 0
	DEBUG=1 $(MANAGE) runserver 127.0.0.1:$(PORT)

test: .venv/.installed-dev ## all tests; ARGS="tests/comments -k held" narrows
	@$(BIN)/python tests/browser/chromium.py --install
	@if command -v npm >/dev/null && command -v java >/dev/null && [ ! -d var/node/node_modules/vnu-jar ]; then \
		npm install --silent --no-save --prefix var/node $(VNU) >/dev/null || echo "The HTML validator could not be installed: its tests are skipped."; fi
	$(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder $(ARGS)

bench: .venv/.installed-bench ## measure, print a table, write docs/benchmarks.json; ARGS="tests/bench/test_comments.py" narrows
	BENCH=1 $(BIN)/python -m pytest -p no:xdist -s $(or $(ARGS),tests/bench)

check: .venv/.installed-dev ## format, lint, templates, migrations, deployment settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(MANAGE) makemigrations --check --dry-run
	NEWSROOM_ENV=production SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
		SITE_URL=https://news.example.org ALLOWED_HOSTS=news.example.org $(MANAGE) check --deploy --fail-level WARNING

format: .venv/.installed-dev ## let ruff and djade format everything
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

lock: .venv/.installed-dev ## pin again what pyproject.toml asks for (needs uv)
	$(LOCK) -o requirements.lock
	$(LOCK) --group dev -o requirements-dev.lock
	$(LOCK) --group dev --group bench -o requirements-bench.lock

clean: ## forget the environment, the database and the pictures
	rm -rf .venv var
