# The two commands that a fresh machine needs are `make up` and `make test`; each installs what it uses.

PYTHON ?= python3.11
BIN := .venv/bin
# A process for each core; a file's tests stay together, for they share what is slow to make.
WORKERS := -n auto --dist loadfile
SOURCES := brushfire contract emulator functions listener notebooks renderers training benchmarks tests

.PHONY: up test test-fast check format bench page setup browser clean

up: $(BIN)/.runtime web/dist/index.html  ## run the local Firebase, a listener and the page
	@exec $(BIN)/brushfire up

test: setup browser  ## every check and every test
	$(MAKE) --no-print-directory check
	$(BIN)/pytest $(WORKERS)
	cd web && npm test --silent

test-fast: setup  ## the checks and tests that need no real process, render or browser
	$(MAKE) --no-print-directory check
	$(BIN)/pytest $(WORKERS) -m "not slow"

check: setup  ## format, lint and types
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	cd web && npm run --silent check

format: setup
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: setup  ## every benchmark, with its baseline in the same run
	@for file in $$(grep -l __main__ benchmarks/*.py); do echo "== $$file"; $(BIN)/python -m benchmarks.$$(basename $$file .py) || exit 1; done

setup: $(BIN)/.development web/dist/index.html tests/js/node_modules/.package-lock.json

$(BIN)/.runtime: requirements.txt requirements-nodeps.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is needed (looked for $(PYTHON)); set PYTHON=…"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing packages into .venv: some minutes, and 2 to 7 GB with torch"
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements-nodeps.txt --editable .
	@touch $@

$(BIN)/.development: $(BIN)/.runtime requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js 20 or newer with npm is needed to build the page"; exit 1; }
	cd web && npm ci --silent --no-audit --no-fund
	@touch $@

tests/js/node_modules/.package-lock.json: tests/js/package.json tests/js/package-lock.json
	cd tests/js && npm ci --silent --no-audit --no-fund
	@touch $@

page: web/dist/index.html

web/dist/index.html: web/node_modules/.package-lock.json web/index.html $(shell find web/src web/public -type f 2>/dev/null) $(wildcard web/*.ts web/*.json) firebase.json
	cd web && npm run --silent build
	@touch $@

# Debian's Chromium where apt has it, else Playwright's own.
browser: tests/js/node_modules/.package-lock.json
	@command -v chromium >/dev/null || { \
	  if command -v apt-get >/dev/null; then \
	    SUDO=$$(test "$$(id -u)" = 0 || echo sudo); \
	    $$SUDO apt-get update --quiet=2 && $$SUDO apt-get install --quiet=2 --yes chromium; \
	  else cd tests/js && npx playwright-core install chromium; fi; }

clean:  ## forget what was installed and built; the data in .brushfire stays
	rm -rf .venv web/node_modules web/dist functions/dist tests/js/node_modules
