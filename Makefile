# The everyday commands. They use the virtual environment .venv, or the one that is active.
BIN := $(abspath $(if $(VIRTUAL_ENV),$(VIRTUAL_ENV),.venv))/bin
BIOME := PATH="$(BIN):$$PATH" bash tests/biome

.PHONY: help install run test lint format types quick coverage bench readme hooks

help: ## what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/' | expand -t 18

install: ## a virtual environment with all that development needs
	[ -n "$(VIRTUAL_ENV)" ] || python3 -m venv .venv
	$(BIN)/pip install --quiet -r tests/requirements.txt

run: ## the server, on http://localhost:8501
	$(BIN)/python -m components serve --host localhost

test: ## the README's test command: everything
	bash tests/run

quick: ## the tests that start no browser
	$(BIN)/python -m pytest --ignore tests/browser

lint: ## what ruff and Biome find, and whether all is formatted
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIOME) ci --error-on-warnings

format: ## format everything, and mend what ruff and Biome can mend by themselves
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIOME) check --write

types: ## mypy, strict
	$(BIN)/mypy

coverage: ## the tests with how much they run, in the servers too
	$(BIN)/coverage run --rcfile=tests/coverage.toml -m pytest
	$(BIN)/coverage combine --quiet --rcfile=tests/coverage.toml
	$(BIN)/coverage report --rcfile=tests/coverage.toml

bench: ## the README's figures, shortened; `python -m benchmarks` takes half an hour
	$(BIN)/python -m benchmarks --quick

readme: ## the tables and pictures of the README, made anew
	$(BIN)/python -m tests.support.documents
	$(BIN)/python -m tests.browser.screenshots

hooks: ## lint and check the types before each commit
	$(BIN)/pip install --quiet pre-commit==4.7.0
	$(BIN)/pre-commit install
