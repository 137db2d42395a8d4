# Pantau. `make` alone lists the targets. Needs Python 3.11 or later with venv, and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
# A process takes module after module, in the order of tests/conftest.py, and keeps the servers it has started.
# Tests with servers wait for half of their time, so all tests take two processes for each core.
PYTEST := $(BIN)/python -m pytest --ignore=tests/bench --quiet --dist loadfile --no-loadscope-reorder
# Each process imports all tests: compiled once, they are collected in half the time.
export PYTHONDONTWRITEBYTECODE :=
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# What a lock names, with the digests it names, and nothing else. Python compiles what it imports.
LOCKED := install --require-hashes --no-deps --no-compile
# Pantau itself, by the backend that a lock has brought.
ITSELF := install --no-deps --no-build-isolation --no-index --editable .
SOUND = told=$$($(BIN)/python -m pip check) || \
	 { echo "$$told" >&2; echo "pyproject.toml asks for what is not locked; lock it with: make locks" >&2; exit 1; }

.DEFAULT_GOAL := help
.PHONY: help demo test check lint soak bench fuzz docs locks advisories sbom release format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(RUN) ## run everything on this machine, with a simulated centre (ARGS="--seed 2 --port 9000")
	@$(BIN)/pantau demo $(ARGS)

test: $(DEV) ## run all tests; what a missing server leaves untested is listed at the end
	@PYTEST_XDIST_AUTO_NUM_WORKERS=$$((2 * $$(nproc))) $(PYTEST) -n auto $(ARGS)

check: lint ## what lint does, and the tests that need no server
	@PANTAU_TEST_QUICK=1 $(PYTEST) -n auto -m 'check and not long'

lint: $(DEV) ## format, lint, types, layers, stale locks
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo
	@$(BIN)/python .ci/locks.py check

soak: $(DEV) ## break everything at random under load (SECONDS=600; ARGS=memory for one part)
	@cd tests && SECONDS=$(or $(SECONDS),600) $(CURDIR)/$(BIN)/python -m soak $(ARGS)

bench: $(DEV) ## measure: events a second, scrape time, memory
	@cd tests && $(CURDIR)/$(BIN)/python -m bench $(ARGS)

fuzz: $(DEV) ## a million inputs to the decoders, guided by coverage (ARGS="--inputs 20000000")
	@cd tests && $(CURDIR)/$(BIN)/python -m fuzz $(ARGS)

docs: $(DEV) ## write the generated documents and dashboards
	@$(BIN)/python -m tools.docs
	@$(BIN)/python grafana/build.py

locks: | $(BIN)/uv ## write the locks from pyproject.toml (ARGS=--upgrade takes what is new)
	@$(BIN)/python .ci/locks.py write $(ARGS)

advisories: $(DEV) ## known weaknesses of what is locked; fails where none is looked up (but ARGS=--unchecked-is-fine)
	@$(BIN)/python .ci/advisories.py $(ARGS)

sbom: $(DEV) ## write the bill of materials of the lock for running, CycloneDX, to build/sbom.json
	@$(BIN)/python .ci/bill.py build/sbom.json

release: $(DEV) ## make a release of the working tree in dist/: wheel, bill of materials, digests (VERSION=1.2.3)
	@$(BIN)/python -m tools.release $(VERSION)

format: $(DEV) ## format the code, and fix what can be fixed
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix .

clean: ## remove what these targets have made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	rm -rf tests/kafka/target
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || \
	 { echo "$(PYTHON) is missing: install Python 3.11 or later, or name one with PYTHON=" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	 { echo "$(PYTHON) is too old: Pantau needs Python 3.11 or later; name one with PYTHON=" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	 { echo "$(PYTHON) has no venv: install it, on Debian with: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# Not $(DEV), which cannot be made while pyproject.toml asks for what is not locked.
$(BIN)/uv: | $(BIN)/python
	@$(PIP) $(LOCKED) -r locks/dev.txt

# Installed again when pyproject.toml or a lock changes, and only then; then pip looks for what is missing.
$(RUN): pyproject.toml locks/build.txt locks/demo.txt | $(BIN)/python
	@echo "installing Pantau and its demo into $(VENV)"
	@$(PIP) $(LOCKED) -r locks/build.txt -r locks/demo.txt
	@PYTHONWARNINGS=ignore $(PIP) $(ITSELF)
	@$(SOUND)
	@touch $@

$(DEV): pyproject.toml locks/build.txt locks/dev.txt | $(BIN)/python
	@echo "installing Pantau and its development tools into $(VENV)"
	@$(PIP) $(LOCKED) -r locks/build.txt -r locks/dev.txt
	@PYTHONWARNINGS=ignore $(PIP) $(ITSELF)
	@$(SOUND)
	@touch $(RUN) $@
