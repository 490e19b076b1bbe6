# What one does with this checkout. `make` alone lists it. Paths are relative, so that the checkout may lie anywhere.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

PY := .venv/bin/python
PORT ?= 8000
ARGS ?=
export PORT HOST PYTHON
export PYTHONUTF8 := 1
# Whoever set it: without compiled files on disk each of a test run's many processes compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install install-dev run stop demo test chaos bench check lint types layers migrations django format lock messages clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

install: ## make .venv with what a run needs (PYTHON=python3.12 names the interpreter)
	@scripts/install.sh requirements-local.txt

install-dev: ## make .venv with what tests and checks need
	@scripts/install.sh requirements-dev.txt

run: install ## run everything with its own PostgreSQL and Valkey until Ctrl-C (PORT=8000 HOST=127.0.0.1)
	@exec $(PY) -m ipp.embedded up

stop: ## stop what `make run` runs
	@exec $(PY) -m ipp.embedded stop

demo: install ## load the demo data, into the running system if there is one
	@exec $(PY) -m ipp.embedded exec -- $(PY) manage.py demo

test: install-dev ## run the tests on throw-away servers (ARGS="tests/core -k name")
	@exec $(PY) -m pytest -n auto $(ARGS)

chaos: install-dev ## kill parts of a running house while it files and decides; count what is lost or doubled (ARGS="--filings 200")
	@exec $(PY) -m tests.chaos $(ARGS)

bench: install ## measure ratios side by side on servers of their own (ARGS="--only NAME" or "--quick")
	@exec $(PY) -m bench $(ARGS)

check: lint types layers migrations django test ## everything CI runs: lint, types, layers, migrations, Django's checks, tests

lint: install-dev ## check style and format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: install-dev ## check types
	@$(PY) -m mypy

layers: install-dev ## check which module may import which
	@.venv/bin/lint-imports

migrations: install-dev ## check that no migration is missing
	@$(PY) manage.py makemigrations --check --dry-run

django: install-dev ## run Django's system checks
	@$(PY) manage.py check

format: install-dev ## bring the code into format
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

lock: install-dev ## compile requirements*.in into requirements*.txt
	@for name in requirements requirements-local requirements-dev; do \
		$(PY) -m uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header $$name.in -o $$name.txt || exit 1; \
	done

messages: install-dev ## collect the words people see into locale/ and compile them
	@$(PY) scripts/messages.py

clean: ## remove caches (not var, which holds the data; not .venv)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles .coverage
	@find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
