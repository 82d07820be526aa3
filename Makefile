# Everything here needs only make and Python 3.11; without make: python3 start.py.
PYTHON ?= python3
VENV := .venv/bin
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run install test coverage lint format types audit bench chaos lock clean

help: ## List what there is
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

run: ## Start Kontor with demo data on http://127.0.0.1:8000 (ARGS="--port 8010")
	@$(PYTHON) start.py $(ARGS)

install: ## Make .venv with everything to develop and test
	@$(PYTHON) start.py --install dev

# Two processes, file by file, those with few long tests (they stand first in the alphabet) not last.
TWO := -n 2 --dist loadfile --no-loadscope-reorder

# What talks most to the database; all that the database decides is CI's (.ci/run).
POSTGRES_TESTS := tests/inventory tests/orders/test_document_races.py tests/orders/test_immutable.py \
	tests/shops/sync/test_export.py tests/shops/sync/test_import.py tests/shops/sync/test_orders.py

# The long ones are CI's as well (`make test MARKS=`).
MARKS := not slow

test: install ## Run the tests on SQLite, then the database's on PostgreSQL if one answers (ARGS="tests/shops -k stock")
	@status=0; \
	env -u DATABASE_URL $(VENV)/python -m pytest $(TWO) -m "$(MARKS)" $(ARGS) || status=$$?; \
	if [ -z "$(POSTGRES_TESTS)" ]; then \
		:; \
	elif postgres=$$($(VENV)/python -m tests.services postgres); then \
		echo "On PostgreSQL:"; \
		DATABASE_URL=$$postgres $(VENV)/python -m pytest $(TWO) -m "not browser and not slow" \
			$(if $(filter tests%,$(ARGS)),,$(POSTGRES_TESTS)) $(ARGS) || status=$$?; \
	else \
		echo "No PostgreSQL answers on 127.0.0.1:5432 (and DATABASE_URL names none): tested on SQLite only."; \
	fi; \
	exit $$status

coverage: install ## Run all tests on SQLite and say which lines none of them reaches (takes a third longer)
	env -u DATABASE_URL $(VENV)/python -m pytest $(TWO) --cov --cov-report=term $(ARGS)

lint: install ## Check style and formatting
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .

format: install ## Format the code
	$(VENV)/ruff check --fix --quiet . || true
	$(VENV)/ruff format .

types: install ## Check the types
	$(VENV)/mypy

audit: ## Look up known vulnerabilities of all packages (says so where the service cannot be reached)
	@PYTHON=$(PYTHON) .ci/audit

bench: install ## Measure against yardsticks (docs/benchmarks.md)
	$(VENV)/python -m benchmarks $(ARGS)

# Kills at every passing of every point, on several hosts, of each kind of process on each broker; a week of 20 shops;
# four shops changed at random; and new examples of hostile bytes for every parser.
CHAOS := tests/crash tests/backoffice/test_worker.py tests/shops/sync/test_week.py tests/fuzz

chaos: install ## Kill workers everywhere, live through a week, feed hostile bytes, and look for losses (about an hour)
	KONTOR_CHAOS=full $(VENV)/python -m pytest $(CHAOS) $(ARGS)

lock: ## Write requirements*.txt anew from requirements*.in (needs uv)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url -o requirements.txt requirements.in $(ARGS)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url -o requirements-dev.txt requirements-dev.in $(ARGS)

clean: ## Remove what can be made again: caches, static files, .venv (never the data in var/ and media/)
	rm -rf .venv staticfiles .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
