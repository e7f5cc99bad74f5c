# `make run` and `make test` set up all that they need, from a bare clone.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
COMPILE := .cache/lock/bin/pip-compile --quiet --generate-hashes --strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.DEFAULT_GOAL := help
.PHONY: help run test chaos evaluate pytest differential screenshots bench million lint format fuzz packages lock audit clean

help:  ## say what can be made
	@grep -hE '^[a-z]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 16

run: .venv/service  ## show the demonstration: a small blog, the proxy in front, senders of every kind
	@$(BIN)/python -m proxy demo

test: packages lint pytest  ## install what tests need (Debian packages as root), lint, test everything

pytest: .venv/test
	$(BIN)/python -m pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder $(PYTEST_ARGUMENTS)

differential: packages .venv/test  ## hold the gate against real WordPresses, old and newer, for long (npm)
	GATE_SHAPES=5000 GATE_SEED=1000000 $(BIN)/python -m pytest -q -s tests/differential
	WORDPRESS_SRC=$$($(BIN)/python -m tests.differential.newer .cache) GATE_SHAPES=2000 GATE_SEED=2000000 \
		GATE_PERMALINKS=pretty $(BIN)/python -m pytest -q -s tests/differential
	GATE_SHAPES=500 GATE_SEED=4000000 GATE_PERMALINKS="index folder" $(BIN)/python -m pytest -q -s tests/differential

evaluate: .venv/test  ## measure the judge's recipe on folds of your own data: make evaluate DATA="a.jsonl b.jsonl"
	$(BIN)/python -m training evaluate $(DATA) --folds

chaos: packages .venv/test  ## break everything for long (half an hour), also before WordPress; ledgers at the end
	LINKBACK_CHAOS=long $(BIN)/python -m pytest -s tests/chaos

screenshots: packages .venv/test  ## take the README's screenshots of the dashboard anew
	$(BIN)/python -m tests.screenshots docs

bench: packages .venv/test  ## measure: relaying, floods, the gate, judging, growth, footprint; draws docs/*.svg
	@mkdir -p docs
	$(BIN)/python -m tests.benchmarks.relay --svg docs/relay.svg
	$(BIN)/python -m tests.benchmarks.flood --svg docs/flood.svg
	$(BIN)/python -m tests.benchmarks.gate
	$(BIN)/python -m tests.benchmarks.judging
	$(BIN)/python -m tests.benchmarks.growth --svg docs
	$(BIN)/python -m tests.benchmarks.footprint
	$(BIN)/python -m tests.benchmarks.training --svg docs/training.svg

million: .venv/test  ## measure training with a million labelled rows too: takes hours, and 5 GB of disk
	@mkdir -p docs
	$(BIN)/python -m tests.benchmarks.training --rows 10000 100000 1000000 --svg docs/training.svg

lint: .venv/test  ## ruff and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy

format: .venv/test  ## let ruff write what it can
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format

FUZZ_SECONDS ?= 600
fuzz: .venv/test  ## search for bytes that break a parser's promise, FUZZ_SECONDS (600) for each parser
	for name in $$($(BIN)/python -c 'from tests.fuzz.targets import TARGETS; print(*TARGETS)'); do \
		$(BIN)/python -m tests.fuzz $$name -max_total_time=$(FUZZ_SECONDS) || exit 1; \
	done

packages:
	@$(PYTHON) tests/support/packages.py

.venv/bin/python:
	@echo "Setting up .venv (once)."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	@$(PYTHON) -m venv .venv

.venv/service: requirements.lock | .venv/bin/python
	@$(INSTALL) -r requirements.lock
	@touch $@

.venv/test: requirements-test.lock .venv/service
	@$(INSTALL) -r requirements-test.lock
	@touch $@

lock: .cache/lock  ## renew requirements.lock and requirements-test.lock from pyproject.toml
	$(COMPILE) --upgrade --extra postgresql --output-file requirements.lock pyproject.toml
	$(COMPILE) --upgrade --extra postgresql --extra test --constraint requirements.lock \
		--output-file requirements-test.lock pyproject.toml

audit: .cache/audit  ## look the locked packages up among known weaknesses (asks a public advisory service)
	.cache/audit/bin/pip-audit --strict --require-hashes --disable-pip --requirement requirements-test.lock

.cache/audit:
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet pip-audit

.cache/lock:
	$(PYTHON) -m venv $@
	$@/bin/pip install --quiet pip-tools

clean:  ## remove what was set up and built here
	rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
