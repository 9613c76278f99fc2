# The commands of the project. `make run` is all that a first look needs: Python 3.11 or newer, pip and make.
.PHONY: help install run test machines faults check bench load docs screenshots sbom bundle format lock clean
.DELETE_ON_ERROR:
SHELL := /bin/sh

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# What pytest gets besides: make test ARGS="tests/laws -k clock"
ARGS ?=

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## make .venv and install the product into it; the command is then .venv/bin/casework

run: $(VENV)/.installed ## start everything with the demo county in the foreground; Ctrl-C stops it
	@exec $(BIN)/casework serve --demo

# Hundreds of programs are started by the tests: what one compiled the next need not, whatever the machine's habit.
test: $(VENV)/.installed-dev ## run every test, also against a PostgreSQL and a Redis that it starts itself
	@scripts/browser
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

machines: $(VENV)/.installed-dev ## strike down every host and cut every link of a service on eleven machines; as root in networks of their own
	@CASEWORK_TEST_TIER=full PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 0 -s tests/machines $(ARGS)

check: $(VENV)/.installed-dev ## format, lint, types, import contracts, locks: what CI runs before the tests
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m scripts.lock --check

bench: $(VENV)/.installed-dev ## measure; prints a table and writes JSON
	@$(BIN)/python -m bench $(ARGS)

# Every program is compiled once, as in `make test`.
faults: $(VENV)/.installed-dev ## hurt it in 24 ways, up to 45 minutes; writes docs/reliability.md; ARGS="--share 0.1" is shorter
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m scripts.faults $(ARGS)

load: $(VENV)/.installed-dev ## load the whole service as an office's days do; writes docs/load.md; ARGS=--short takes 25 minutes, all of it two hours
	@$(BIN)/python -m bench.loads $(ARGS)

docs: $(VENV)/.installed ## write the reference pages that are drawn from the program
	@$(BIN)/python -m scripts.commands
	@$(BIN)/python -m scripts.workflows
	@$(BIN)/python -m scripts.permissions
	@$(BIN)/python -m scripts.refusals
	@$(BIN)/python -m scripts.settings
	@$(BIN)/python -m scripts.api
	@$(BIN)/python -m scripts.figures
	@$(BIN)/python -m scripts.architecture
	@$(BIN)/python -m scripts.security

screenshots: $(VENV)/.installed-dev ## take the pictures in docs/screens anew; needs Chromium
	@scripts/browser
	@$(BIN)/python -m scripts.screenshots

sbom: $(VENV)/.installed ## list every part with version, licence and hashes in dist/sbom.cdx.json (CycloneDX)
	@$(BIN)/python -m scripts.sbom $(ARGS)

bundle: $(VENV)/.installed ## make one file in dist/ that installs the product on a machine without internet
	@$(BIN)/python -m scripts.bundle $(ARGS)

format: $(VENV)/.installed-dev ## bring every file into the one format
	@$(BIN)/ruff format .

lock: $(VENV)/.installed-dev ## make requirements/*.lock anew after a change in pyproject.toml; needs uv
	@$(BIN)/python -m scripts.lock $(ARGS)

clean: ## remove the environment and the caches; data in var/ stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# An environment per checkout; a newer lock or pyproject.toml makes it stale.
$(BIN)/python:
	@scripts/make-venv $(VENV)

$(VENV)/.installed: requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "Installing the product into $(VENV); the first time takes a minute or two."
	@$(PIP) install --quiet --require-hashes -r requirements/run.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --no-index --editable .
	@# Compiled now and kept, or every start would pay for it where Python may not write into the checkout.
	@$(BIN)/python -m compileall -q casework cli tasks web workflows
	@touch $@

$(VENV)/.installed-dev: requirements/dev.lock $(VENV)/.installed
	@echo "Installing what tests and checks need into $(VENV)."
	@$(PIP) install --quiet --require-hashes -r requirements/dev.lock
	@touch $@
