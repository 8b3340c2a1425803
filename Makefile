# Every target sets itself up: a machine needs Python 3.11 or newer, and make.
# Choose the Python with `make PYTHON=python3.13 test`.

PYTHON ?= python3
RUN := .venv/bin/python -m
MKDOCS := NO_MKDOCS_2_WARNING=1 $(RUN) mkdocs
SET_UP = $(PYTHON) .ci/set_up.py $(if $(filter file,$(origin PYTHON)),,--this-python)

.DEFAULT_GOAL := help
.PHONY: help set-up demo test check formatted lint types imports site format bench soak docs clean

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1  \t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 10

set-up: ## make or update the private environment in .venv
	@$(SET_UP) dev

demo: set-up ## the restart of 19 January, five ways it can go wrong, and what each fix is worth
	@.venv/bin/harness run scenarios/paradex_funding_reset.py --scorecard --strategy dpor
	@echo "to type these commands as they stand: . .venv/bin/activate"

test: set-up ## the tests
	@$(RUN) pytest -n auto

check: formatted lint types imports site ## format, lint, types, architecture, docs
	@echo "check: ok"

formatted: set-up
	@$(RUN) ruff format --check --quiet || { echo "run: make format"; exit 1; }

lint: set-up
	@$(RUN) ruff check --quiet

types: set-up
	@$(RUN) mypy

imports: set-up
	@said=$$(.venv/bin/lint-imports --no-logo) || { echo "$$said"; exit 1; }

site: set-up
	@said=$$($(MKDOCS) build --strict 2>&1) || { echo "$$said"; exit 1; }

format: set-up ## put the code into its one format
	@$(RUN) ruff check --fix --quiet --exit-zero
	@$(RUN) ruff format --quiet

bench: set-up ## speed, against the peers, on this machine
	@$(RUN) tests.benchmarks

soak: ## the long tests: minutes to hours
	@$(SET_UP) dev soak
	@$(RUN) pytest -m soak --timeout=7200 -o faulthandler_timeout=7200

docs: set-up ## serve the documentation on this machine
	@$(MKDOCS) serve

clean: ## remove what can be made again, but for .venv
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@rm -rf build dist site harness-report
	@find harness scenarios tests .ci -name __pycache__ -type d -prune -exec rm -rf {} +
