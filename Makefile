# Zorgraming: install, try, test. `make` alone lists the targets.
# Nothing is installed outside $(VENV); a target installs again only when its lock has changed.

PYTHON ?= python3# 3.11 or newer
VENV ?= .venv
DEMO ?= demo# where the demo keeps its panel, its edition and its state
SERVE ?= yes# SERVE=no stops before serving
PORT ?= 8000
UPGRADE ?= no# make lock UPGRADE=yes takes the newest versions that pyproject.toml allows
PYTEST_ARGS ?=# make test PYTEST_ARGS=-n0 runs the tests in one process

# Files of tests are shared out among as many processes as there are cores, the slow ones first.
PYTEST = $(BIN)/python -m pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
SOURCES := $(shell find models training -name '*.py')

# Nothing that we install reports home.
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export GIT_PYTHON_REFRESH := quiet

.PHONY: help demo test check lint coverage lock api-check images secrets clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 12

# --- installing ----------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# .training holds what trains and serves, .development adds what tests; their versions agree, so
# that the two live in one environment.
$(VENV)/.%: requirements/%.txt pyproject.toml | $(BIN)/python
	@echo "Installing requirements/$*.txt into $(VENV) (about two minutes) ..."
	$(PIP) install --require-hashes --requirement requirements/$*.txt --no-compile
	$(BIN)/python -m compileall -qq -j 0 $(VENV)/lib || true # as pip would, but on every core
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(PIP) check
	@touch $@

# --- trying --------------------------------------------------------------------------------------

demo: $(DEMO)/.approved ## write the example municipality, train, approve, serve on this machine
ifeq ($(SERVE),yes)
	@echo "The page is at http://127.0.0.1:$(PORT)/ (stop with Ctrl-C). In another window:"
	@echo "  curl 'http://127.0.0.1:$(PORT)/v1/forecasts?frequency=year&groupBy=product,period&measure=cost'"
	cd $(DEMO) && exec $(abspath $(BIN))/zorgraming serve --demo --editions editions --port $(PORT)
else
	@echo "Ready: $(DEMO)/$$(cat $(DEMO)/.approved)"
endif

$(DEMO)/.example: $(SOURCES) | $(VENV)/.training
	@mkdir -p $(DEMO)
	@rm -rf $(DEMO)/voorbeeldstad
	$(BIN)/zorgraming example $(DEMO)/voorbeeldstad
	@touch $@

$(DEMO)/trained.json: $(DEMO)/.example
	@echo "Training (some minutes on two cores) ..."
	cd $(DEMO) && $(abspath $(BIN))/zorgraming train voorbeeldstad --as-of 2023-12-31 --editions editions --json > trained.json

$(DEMO)/.approved: $(DEMO)/trained.json
	@cd $(DEMO) && edition=$$($(abspath $(BIN))/python -c 'import json; print(json.load(open("trained.json"))["edition"])') \
	&& $(abspath $(BIN))/zorgraming approve "$$edition" --by "make demo" --reference "synthetic data, no decision" \
	&& echo "$$edition" > .approved

# --- testing -------------------------------------------------------------------------------------

test: lint ## install and run every check and every test
	$(PYTEST) $(PYTEST_ARGS)

check: lint ## what takes seconds: lint, types and the tests that are not slow
	$(PYTEST) -m "not slow" $(PYTEST_ARGS)

lint: $(VENV)/.development ## layout, lint and types
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy

coverage: $(VENV)/.development ## every test, with the branches that none of them takes
	$(PYTEST) --cov --cov-report=term-missing:skip-covered $(PYTEST_ARGS)

api-check: ## build the wheel and run the api image's steps in a clean environment, without containers
	$(PYTHON) .ci/dry_build.py api

# --- maintaining ---------------------------------------------------------------------------------

# One lock per install target. All are compiled under the constraint of the development lock: what
# was tested is what ships. No lock names an index: that is the installer's affair.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock" $(if $(filter yes,$(UPGRADE)),--upgrade)
UNDER = --constraints requirements/development.txt

lock: | $(BIN)/uv ## compile requirements/*.txt from pyproject.toml
	$(COMPILE) --extra cluster --extra dev --extra pg --extra report --extra train --group build --output-file requirements/development.txt
	$(COMPILE) $(UNDER) --extra pg --extra report --extra train --group build --output-file requirements/training.txt
	$(COMPILE) $(UNDER) --extra cluster --extra pg --extra report --extra train --group build --output-file requirements/cluster.txt
	$(COMPILE) $(UNDER) --extra pg --output-file requirements/api.txt
	$(COMPILE) $(UNDER) --extra pg --extra report --output-file requirements/report.txt
	$(subst pyproject.toml --quiet,--quiet,$(COMPILE)) $(UNDER) --group build --output-file requirements/build.txt

$(BIN)/uv: | $(VENV)/.development

images: ## build both container images
	docker build --target api --tag zorgraming-api .
	docker build --target training --tag zorgraming-training .

secrets: secrets/postgres_password ## make the secret files that compose.yaml asks for

secrets/postgres_password:
	@mkdir -p secrets && chmod 700 secrets
	@$(PYTHON) -c 'import secrets; print(secrets.token_hex(24), end="")' > $@
	@printf 'postgresql://zorgraming:%s@postgres:5432/zorgraming' "$$(cat $@)" > secrets/zorgraming_database_url
	@chmod 644 secrets/*
	@echo "Written: secrets/ (never commit it)"

clean: ## remove what make made: environment, demo, caches
	rm -rf $(VENV) $(DEMO) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
	find models training service tests -name __pycache__ -type d -prune -exec rm -rf {} +
