# What people type. Everything lands in .venv and .tox; `make clean` removes both.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
EXAMPLE_TIME := 2026-11-24T12:00:00Z

.PHONY: help demo test lint format types example pages locks bench bench-nightly screenshots clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: $(VENV)/project.stamp  ## audit the embedded lab, offline, and write its reports to reports/demo/
	@$(BIN)/mxaudit demo

test: $(VENV)/tox.stamp  ## tests on the built wheel, ruff, mypy, layers (REQUIRE_REAL=1: real servers must be there)
	@$(BIN)/tox run

lint: $(VENV)/tox.stamp  ## ruff, as linter and as formatter; changes nothing
	@$(BIN)/tox run -e lint

format: $(VENV)/tox.stamp  ## let ruff lay out the code, and mend what it can
	@$(BIN)/tox run -e format

types: $(VENV)/tox.stamp  ## mypy, strict
	@$(BIN)/tox run -e types

example: $(VENV)/project.stamp  ## refresh reports/example/ from the embedded lab
	@$(BIN)/mxaudit demo --now $(EXAMPLE_TIME) --out-dir reports/example \
	  -o json=reports/example/report.json -o html=reports/example/index.html

pages: $(VENV)/project.stamp  ## make docs/rules/, and what docs/ has of the catalogue, anew
	@$(BIN)/python docs/rule_pages.py
	@$(BIN)/python docs/blocklist_tables.py
	@$(BIN)/python docs/compliance_pages.py

locks: $(VENV)/locks.stamp  ## make .github/locks/ anew from pyproject.toml (LOCKS=--upgrade: newer releases)
	@PATH="$(CURDIR)/$(BIN):$$PATH" .ci/locks $(LOCKS)

bench: $(VENV)/project.stamp  ## measure speed and memory beside other programs (needs nsd, cc; dnsperf if there)
	@$(BIN)/python -m benchmarks $(BENCH)

bench-nightly: $(VENV)/project.stamp  ## the same with lists of up to 100,000 domains, which takes hours
	@$(BIN)/python -m benchmarks --nightly $(BENCH)

screenshots: $(VENV)/browser.stamp  ## pictures of reports/example/ for the README (needs Chromium)
	@$(BIN)/python docs/screenshots.py reports/example/index.html docs

clean:  ## remove what these commands made, but for reports
	rm -rf $(VENV) .tox .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
	find audit tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

# The pip that comes with Python 3.11 knows no dependency groups (PEP 735): 25.1 is the first that does.
$(VENV)/pip.stamp:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing: install Python 3.11 or newer and run make again."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: run make PYTHON=python3.11 (or the name of a newer one)."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "Python's venv module is missing: install python3-venv (Debian, Ubuntu) and run make again."; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@$(PIP) install -q --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/project.stamp: $(VENV)/pip.stamp pyproject.toml
	@$(PIP) install -q --editable .
	@touch $@

$(VENV)/tox.stamp: $(VENV)/pip.stamp pyproject.toml
	@$(PIP) install -q --group tox
	@touch $@

$(VENV)/locks.stamp: $(VENV)/pip.stamp pyproject.toml
	@$(PIP) install -q --group locks
	@touch $@

$(VENV)/browser.stamp: $(VENV)/pip.stamp pyproject.toml
	@$(PIP) install -q --group browser
	@touch $@
