# `make run` starts StockVerify, `make test` runs all tests; `make help` names the rest.
# Folders with a stamp file are made once, and again when what they are made from changes.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test soak lint fix openapi audit bench setup clean chromium node

VENV := .venv
PYTHON := $(VENV)/bin/python
RUN_STAMP := $(VENV)/.stamp-run
DEV_STAMP := $(VENV)/.stamp-dev
MONGOD := $(VENV)/lib/python3*/site-packages/fiftyone/db/bin/mongod
NPM_STAMP := node_modules/.stamp
VENDOR_STAMP := static/vendor/.stamp
PIP := $(PYTHON) -m pip install --quiet --disable-pip-version-check
PYTEST_OPTIONS ?=
# Two test files at a time, each process with servers and a browser of its own. Both processes must
# find the tests in one order, so hashes, and with them sets, get one.
TWO_FILES = -n 2 --dist loadfile

# $(call debian,packages,who needs them): install Debian packages, or say how to.
debian = if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing $(1) …"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq -y --no-install-recommends $(1) >/dev/null; \
	else \
		echo "$(2) $(1); on Debian and Ubuntu: sudo apt-get install $(1)" >&2; exit 1; \
	fi

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  Variables: PORT=5000 WORKERS=1 LAN=1 STOCKVERIFY_DATA_DIR=var … see docs/operations.md"

run: $(RUN_STAMP) $(VENDOR_STAMP) ## Set up what is missing and serve at http://127.0.0.1:5000
	@exec $(PYTHON) wsgi.py

test: lint chromium $(VENDOR_STAMP) ## Run the linters and all tests, browser tests included
	PYTHONHASHSEED=0 $(PYTHON) -m pytest $(TWO_FILES) $(PYTEST_OPTIONS)

# The second run is without eventlet: of all tests that start a program (tests/conftest.py).
soak: chromium $(DEV_STAMP) $(VENDOR_STAMP) ## Run all tests, and those that `make test` leaves out for time
	PYTHONHASHSEED=0 $(PYTHON) -m pytest $(TWO_FILES) -m "soak or not soak" $(PYTEST_OPTIONS)
	TESTS_ASYNC_MODE=threading PYTHONHASHSEED=0 $(PYTHON) -m pytest $(TWO_FILES) $(PYTEST_OPTIONS)

lint: $(DEV_STAMP) $(NPM_STAMP) ## Check form, types, imports and the browser modules
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	npm run --silent check
	npm test --silent

fix: $(DEV_STAMP) ## Let ruff correct and format what it can
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

openapi: $(DEV_STAMP) ## Write docs/openapi.json anew, after a change of the API
	$(PYTHON) -m tests.support.openapi

audit: $(DEV_STAMP) $(NPM_STAMP) ## Ask the registries for known holes in what is installed
	$(PYTHON) -m tests.support.audit

bench: $(DEV_STAMP) $(VENDOR_STAMP) ## Measure the speed on real servers; ONLY=live,claims chooses, FULL=1 takes longer
	FULL=$(FULL) $(PYTHON) -m bench $(ONLY)

setup: $(DEV_STAMP) $(VENDOR_STAMP) chromium ## Set up all that run, test and bench need

clean: ## Remove what was set up; the data in var/ stay
	rm -rf $(VENV) node_modules static/vendor test-results
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON):
	@for python in python3.11 python3.12 python3.13 python3; do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
		python=; \
	done; \
	if [ -z "$$python" ]; then echo "Python 3.11 or later is missing; install it first." >&2; exit 1; fi; \
	"$$python" -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }

$(RUN_STAMP): requirements.txt | $(PYTHON)
	@echo "Installing Python packages …"
	@$(PIP) -r requirements.txt
	@! ldd $(MONGOD) 2>/dev/null | grep -q "not found" || $(call debian,libcurl4,mongod needs)
	@touch $@

$(DEV_STAMP): requirements-dev.txt $(RUN_STAMP)
	@echo "Installing Python packages for the tests …"
	@$(PIP) -r requirements-dev.txt
	@touch $@

$(NPM_STAMP): package.json package-lock.json | node
	@echo "Installing browser packages …"
	@npm ci --silent --no-audit --no-fund --ignore-scripts
	@touch $@

$(VENDOR_STAMP): $(NPM_STAMP) static/vendor.mjs
	@npm run --silent vendor
	@touch $@

node:
	@command -v npm >/dev/null || { echo "Node 20 or later, with npm, is missing; install it first." >&2; exit 1; }

chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
		$(call debian,chromium fonts-dejavu-core,The browser tests need)
	@command -v certutil >/dev/null || $(call debian,libnss3-tools,The browser tests need)
