# Run `make` for the list of targets. Everything is installed into .venv and nowhere else, except
# Chromium, which the browser tests drive and which comes from the system's packages.

ifeq ($(filter oneshell,$(.FEATURES)),)
$(error This needs GNU make 3.82 or newer; on macOS: brew install make, then type gmake)
endif

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:
.PHONY: help run check format test bench browser database screenshots bundles clean

VENV := .venv
BIN := $(VENV)/bin
# Set to use a certain interpreter: make run PYTHON=/opt/python/bin/python3
PYTHON ?=
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)
# What follows `pellucid serve`, such as SERVE="--port 8600"
SERVE ?=
# Workers of pytest
WORKERS ?= 2
# Set to anything for small sizes: make bench QUICK=1
QUICK ?=
# Peers whose pins conflict with ours are measured in an environment of their own.
BENCH_VENV := .venv-bench
PEERS := benchmarks/peers/requirements.txt
# Compiled code is kept beside the sources, so that the first patient does not wait for it.
COMPILE := $(BIN)/python -m explainers.attribution.warm_up
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install

help: ## List the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' \
		| column -t -s '|' 2>/dev/null || grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST)

run: $(VENV)/.installed ## Start the dashboard on the built-in cohorts and models
	@exec $(BIN)/pellucid serve $(SERVE)

test: check browser database ## Format, lint, types, import direction and every test
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --quiet

check: $(VENV)/.installed-for-tests ## Format, lint, types and import direction only
	@failed=
	$(BIN)/ruff format --check --quiet . || failed+=" format (run 'make format')"
	$(BIN)/ruff check --quiet . || failed+=" lint"
	$(BIN)/mypy || failed+=" types"
	$(BIN)/lint-imports || failed+=" imports"
	if [ -n "$$failed" ]; then echo "Failed:$$failed" >&2; exit 1; fi

format: $(VENV)/.installed-for-tests ## Format the code and mend what the linter can mend
	@$(BIN)/ruff check --quiet --fix . || true
	$(BIN)/ruff format --quiet .

screenshots: $(VENV)/.installed-for-tests browser ## Take the pictures of the README anew
	@$(BIN)/python docs/images/take_screenshots.py

bench: $(VENV)/.installed-for-tests $(BENCH_VENV)/.installed ## Ours beside the peers; QUICK=1 for small sizes
	@nice $(BIN)/python -m benchmarks $(if $(QUICK),--quick)

bundles: $(VENV)/.installed ## Train the built-in models anew from their recipes
	@for recipe in sample_data/recipes/*.toml; do
		$(BIN)/pellucid train "$$recipe" --out "sample_data/models/$$(basename "$$recipe" .toml)" --replace
	done

clean: ## Remove the virtual environment and every cache
	@rm -rf $(VENV) $(BENCH_VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Chromium, for the browser tests and the screenshots. They are never skipped for want of it.
browser:
	@have_browser() { command -v chromium chromium-browser google-chrome >/dev/null; }
	if have_browser; then exit 0; fi
	as_root=
	if [ "$$(id -u)" -ne 0 ]; then as_root="sudo"; [ -t 0 ] || as_root="sudo -n"; fi
	if command -v apt-get >/dev/null && { [ -z "$$as_root" ] || command -v sudo >/dev/null; }; then
		echo "Installing Debian's chromium for the browser tests"
		$$as_root apt-get update -qq </dev/null || true
		$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes \
			--no-install-recommends chromium fonts-dejavu-core </dev/null >/dev/null || true
	fi
	if ! have_browser; then
		{
			echo "The browser tests need Chromium, which could not be installed."
			echo "On Debian:      sudo apt-get install chromium"
			echo "On Ubuntu:      sudo snap install chromium"
			echo "Then run 'make test' again. 'make check' needs no browser."
		} >&2
		exit 1
	fi

# PostgreSQL, on which the tests of the audit log run as they do on SQLite; a server of their own.
database:
	@have_database() { ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null; }
	if have_database; then exit 0; fi
	as_root=
	if [ "$$(id -u)" -ne 0 ]; then as_root="sudo"; [ -t 0 ] || as_root="sudo -n"; fi
	if command -v apt-get >/dev/null && { [ -z "$$as_root" ] || command -v sudo >/dev/null; }; then
		echo "Installing Debian's postgresql for the tests of the audit log"
		$$as_root apt-get update -qq </dev/null || true
		$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes \
			--no-install-recommends postgresql </dev/null >/dev/null || true
	fi
	if ! have_database; then
		{
			echo "The tests of the audit log need PostgreSQL, which could not be installed."
			echo "On Debian or Ubuntu: sudo apt-get install postgresql"
			echo "Then run 'make test' again. 'make check' needs no database."
		} >&2
		exit 1
	fi

# bin/pip is the last thing that venv writes, so half a virtual environment is made anew.
$(BIN)/pip:
	@found= old= bare=
	for candidate in $(PYTHONS); do
		command -v "$$candidate" >/dev/null || continue
		"$$candidate" -c '' 2>/dev/null || continue
		if ! "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
			old="$$("$$candidate" --version)"
		elif ! "$$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
			bare="$$("$$candidate" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')"
		else
			found="$$candidate"
			break
		fi
	done
	if [ -z "$$found" ]; then
		if [ -n "$$bare" ]; then
			echo "$$bare cannot make virtual environments: its venv module is missing." >&2
			echo "On Debian or Ubuntu: sudo apt-get install $$bare-venv" >&2
		else
			echo "Pellucid needs Python 3.11 or newer; $${old:-no Python} was found." >&2
			echo "On Debian 12 or Ubuntu 24.04: sudo apt-get install python3 python3-venv" >&2
			echo "To use another one: make run PYTHON=/path/to/python3" >&2
		fi
		exit 1
	fi
	echo "Making $(VENV) with $$("$$found" --version)"
	"$$found" -m venv --clear $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/pip
	@echo "Installing Pellucid into $(VENV) (some minutes the first time)"
	$(PIP) --editable .
	$(COMPILE)
	touch $@

$(VENV)/.installed-for-tests: pyproject.toml | $(BIN)/pip
	@echo "Installing Pellucid and what its tests need into $(VENV)"
	$(PIP) --editable '.[test]'
	$(COMPILE)
	touch $@ $(VENV)/.installed

$(BENCH_VENV)/.installed: $(PEERS) | $(BIN)/pip
	@echo "Installing the peers into $(BENCH_VENV) (some minutes the first time)"
	$(BIN)/python -m venv --clear $(BENCH_VENV)
	$(BENCH_VENV)/bin/python -m pip --disable-pip-version-check -qq install --requirement $(PEERS)
	touch $@
