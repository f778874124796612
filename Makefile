# Everything a person does here, by name. `make` alone lists it.

# PYTHON=/path/to/python3.11 is taken as it is; without it, the quickest build of the first version that is found.
FIRST_PYTHON := $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name))))
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
CODE := config collection vendors annotation tests manage.py requirements/install.py requirements/audit.py

# Compiled modules are kept, whatever the environment says: each of our programs would compile two thousand otherwise.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run test check audit bench bench-year seed optional training lock messages format browser

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

run: .venv/base.stamp  ## run the whole product on this machine; Ctrl-C stops it
	@exec $(MANAGE) serve

test: .venv/dev.stamp browser  ## run every test but the benchmarks; ONLY=tests/vendors runs a part
ifdef ONLY
	$(BIN)/python -m pytest -q $(ONLY)
else
	$(BIN)/python -m pytest -q -n 3 --dist worksteal -m "not browser and not live"
	$(BIN)/python -m pytest -q -n 3 --dist worksteal -m "browser or live"
endif

check: .venv/dev.stamp  ## format, types, import contracts, migrations, configuration, and that every test can be imported
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/djade --check --target-version 5.2 $$(git ls-files '*.html')
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(MANAGE) makemigrations --check --dry-run
	$(MANAGE) check
	@told=$$($(BIN)/python -m pytest -q --collect-only 2>&1) || { echo "$$told" | tail -n 60; exit 1; }

audit: .venv/dev.stamp  ## ask a public list of vulnerabilities about every locked package; says so when it cannot
	@$(BIN)/python requirements/audit.py

bench: .venv/dev.stamp  ## measure speed; prints a table and writes var/bench/report.json
	$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY)) $(if $(ROUNDS),--rounds $(ROUNDS))

bench-year: .venv/dev.stamp  ## a year in one run, import to signed release; SCALE=500,5000 (default 5000,52000,500000), PEOPLE=1000 by hand, the others copied
	$(BIN)/python -m tests.bench.year $(if $(SCALE),--scale $(SCALE)) $(if $(PEOPLE),--people $(PEOPLE))

seed: .venv/base.stamp  ## fill an empty database with the demonstration
	$(MANAGE) migrate --no-input -v 0
	$(MANAGE) seed_demo

format: .venv/dev.stamp  ## put code and templates into their usual form
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)
	$(BIN)/djade --target-version 5.2 $$(git ls-files '*.html')

optional: .venv/base.stamp .venv/optional.stamp  ## add sharper screening (more languages, names of people), sending to a dataset hub and reporting of errors

training: .venv/dev.stamp .venv-training/stamp  ## run docs/training.md on a tiny model, in an environment of its own (1.5 GB without CUDA)
	$(BIN)/python -m pytest -q tests/training

messages: .venv/base.stamp  ## bring locale/ up to date with the code and the templates
	$(MANAGE) extract_translations

lock: .venv/dev.stamp  ## compile requirements/*.txt from pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --output-file requirements/base.txt pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --constraint requirements/base.txt --output-file requirements/dev.txt --group dev pyproject.toml
	$(BIN)/uv pip compile $(LOCK) --constraint requirements/dev.txt --output-file requirements/optional.txt --group language --group ner --group hub --group errors pyproject.toml
	$(BIN)/uv pip compile $(filter-out --generate-hashes,$(LOCK)) --no-annotate --group train | grep -vE '^(nvidia|cuda|triton)-?' > requirements/train.txt
# Of the last one, which torch, and whether with CUDA, is for the machine to say: no hash fits all, and torch names what it needs.
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make lock"

browser: .venv/dev.stamp
	@$(BIN)/python -m tests.browser.chromium

.venv-training/stamp: requirements/train.txt | .venv/dev.stamp
	$(BIN)/python -m venv .venv-training
	.venv-training/bin/pip install --quiet --requirement $<
	@touch $@

.venv/%.stamp: requirements/%.txt requirements/install.py
	@test -n "$(PYTHON)$(FIRST_PYTHON)" || { echo "Hitode needs Python 3.11 or newer, and found none."; exit 1; }
	@$(or $(PYTHON),$(FIRST_PYTHON)) requirements/install.py $* $(PYTHON)
	@touch $@
