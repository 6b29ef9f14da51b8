# Two commands do everything: `make run` and `make test`.
# With uv on the path the environment comes from uv.lock, else plain pip takes
# the same versions from requirements.lock.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCE ?=
# Without bytecode every start would compile what it imports again.
export UV_COMPILE_BYTECODE := 1

.PHONY: help install run test lint types sql unit prove docs lock clean

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(VENV)/.installed  ## Install the locked environment into .venv

$(VENV)/.installed: pyproject.toml uv.lock requirements.lock
	@if command -v uv >/dev/null; then \
	    uv sync --locked --quiet --python $(PYTHON); \
	else \
	    $(PYTHON) -m venv $(VENV) && \
	    $(BIN)/python -m pip install --quiet --require-virtualenv -r requirements.lock && \
	    $(BIN)/python -m pip install --quiet --no-deps -e .; \
	fi
	@touch $@

$(VENV)/.documented: $(VENV)/.installed requirements-docs.lock
	@if command -v uv >/dev/null; then \
	    uv sync --locked --quiet --group docs --python $(PYTHON); \
	else \
	    $(BIN)/python -m pip install --quiet --require-virtualenv -r requirements-docs.lock; \
	fi
	@touch $@

run: install  ## League, features, training, tonight's forecasts (SOURCE=league.sqlite)
	$(BIN)/tipoff run $(SOURCE)

test: install  ## Every check; those that read one by one share the cores
	$(MAKE) --no-print-directory -j2 lint types sql docs
	$(MAKE) --no-print-directory unit

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/yamllint --strict .
	$(BIN)/lint-imports --no-cache

types: install
	$(BIN)/mypy

sql: install
	$(BIN)/sqlfluff lint models tests/dbt

unit: install
	$(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

prove: install  ## The proofs that nothing from after tip-off is in a number
	$(BIN)/pytest tests/integration/test_proofs.py tests/unit/backtest/test_parameters.py

docs: $(VENV)/.documented  ## The documentation, to read at target/site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lock:  ## Renew the lock files
	uv lock --upgrade
	uv export --locked --no-emit-project --no-hashes --quiet -o requirements.lock
	uv export --locked --only-group docs --no-hashes --quiet -o requirements-docs.lock

clean:  ## Remove everything generated
	rm -rf data logs target
