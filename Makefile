# What can be done here; `make help` lists it. Everything runs in .venv, which `make setup` lays out from the locks.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

STORE ?=
PORT ?= 8000

.PHONY: help setup spark release publish node site serve test test-system check format bench evaluate passages lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/release.stamp: requirements/release.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; make PYTHON=/path/to/python3.12 names one" >&2; exit 2; }
	@$(PYTHON) -m venv .venv \
	  || { echo "the module venv is missing; on Debian it is the package python3-venv" >&2; exit 2; }
	@echo "installing what requirements/release.txt lists"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/release.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q pipeline
	@touch $@

.venv/dev.stamp: .venv/release.stamp requirements/dev.txt requirements/cffconvert.txt
	@echo "installing what requirements/dev.txt lists"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@$(PYTHON) -m venv --clear .venv/cffconvert
	@.venv/cffconvert/bin/python -m pip install --quiet --require-hashes -r requirements/cffconvert.txt
	@touch $@

.venv/spark.stamp: .venv/dev.stamp requirements/spark.txt
	@echo "installing what requirements/spark.txt lists"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements/spark.txt
	@touch $@

setup: .venv/release.stamp ## lay out .venv from the locks

release: setup ## build, verify and release the package, then make the DuckDB file
	@$(BIN)/python -m pipeline.interrupted
	@$(BIN)/dvc repro | { grep -E "^(ingest|link|resolve|compare|figures|package|verify|release): " || true; }
	@$(BIN)/python -m pipeline database

publish: setup ## publish what is committed as the version that is due: make publish STORE=/srv/sahel-attacks
	@test -n "$(STORE)" || { echo "make publish STORE=FOLDER names the folder that the server shows" >&2; exit 2; }
	@$(BIN)/sahel publish --store "$(STORE)"

node:
	@for name in node npm; do command -v $$name >/dev/null || { \
	  echo "make: $$name is missing; on Debian: apt-get install nodejs npm" >&2; exit 2; }; done
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(+!(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19)))' \
	  || { echo "make: Node.js 20.19, 22.12 or newer is needed, this is $$(node --version)" >&2; exit 2; }

site/node_modules/.stamp: site/package.json site/package-lock.json | node
	@echo "installing what site/package-lock.json lists"
	@npm ci --prefix site --silent
	@touch $@

site: node setup site/node_modules/.stamp ## build the explorer in site/dist/ from the released package (needs Node.js)
	@npm run --prefix site --silent build -- --logLevel warn
	@$(BIN)/python -m pipeline site

serve: setup ## explorer and store on localhost: make serve [STORE=/srv/sahel-attacks] [PORT=8000]
	@$(BIN)/python -m pipeline.serve --port $(PORT) $(if $(STORE),--store "$(STORE)")

test: .venv/dev.stamp ## the tests that need only Python
	@$(BIN)/python -m pytest -m "not system"

spark: .venv/spark.stamp ## add what engine: spark needs (about 450 MB; and Java 17)

test-system: .venv/spark.stamp site/node_modules/.stamp ## the tests that need more (nginx, Java, Chromium, Node); fails where one is missing
	@$(BIN)/python -m pytest -m system

check: .venv/dev.stamp ## format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

format: .venv/dev.stamp ## write the one format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: .venv/spark.stamp ## measure build, check, verification, linking, large files, the explorer after make site (BENCH_LARGEST=1: 10 million rows too)
	@$(BIN)/python -m benchmarks

evaluate: setup ## linking and two baselines on labelled reports (LABELLED=FILE: another file of the same layout)
	@$(BIN)/python -m pipeline evaluate $(if $(LABELLED),"$(LABELLED)")

passages: setup ## say in documents and forms where the project lives, as schemas/about.yaml has it
	@$(BIN)/python -m pipeline passages

lock: ## pin what pyproject.toml asks for (needs uv)
	@compile="uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --quiet"; \
	$$compile pyproject.toml --extra build -o requirements/release.txt; \
	$$compile pyproject.toml --extra build --extra dev -o requirements/dev.txt; \
	$$compile pyproject.toml --extra build --extra spark --constraint requirements/release.txt -o requirements/spark.txt; \
	$$compile requirements/cffconvert.in -o requirements/cffconvert.txt

clean: ## delete what is built; the last release and the cache stay
	@rm -rf data/interim data/database .mypy_cache .pytest_cache .ruff_cache
