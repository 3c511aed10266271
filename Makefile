# Everything sets itself up in .venv; nothing is asked, and the second time is fast.
# The first Python that really runs and is new enough.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080

.PHONY: run test setup check bench format docs properties family fuzz crash clean

run: $(VENV)/.run  ## serve the example processes on http://127.0.0.1:$(PORT)
	$(BIN)/bpmn serve processes --port $(PORT)

test: $(VENV)/.test  ## run all tests, on SQLite and PostgreSQL
	$(BIN)/pytest

setup: $(VENV)/.test  ## the environment alone

check: $(VENV)/.test  ## format, lint, types, import contracts, size rules
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=.:api $(BIN)/lint-imports
	$(BIN)/pytest tests/test_house_rules.py

bench: $(VENV)/.bench  ## orders and expressions per second, beside the floor and other libraries
	$(BIN)/python -m benchmarks

format: $(VENV)/.test  ## let ruff format and fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

properties: $(VENV)/.test  ## 20,000 random cases for each property; half an hour
	for seed in 1 2 3 4 5 6 7 8 9 10; do \
		HYPOTHESIS_PROFILE=long $(BIN)/pytest tests/properties --hypothesis-seed=$$seed || exit 1; done

family: $(VENV)/.test  ## 10,000 models of the family beside those that hold each pair; two minutes for each seed
	FAMILY_CASES=10000 FAMILY_SEED=$${FAMILY_SEED:-1} $(BIN)/pytest tests/properties/test_family.py

fuzz: $(VENV)/.test  ## 100,000 random expressions and broken diagrams (a second for each), 1,000 broken decision models, 60,000 requests
	FUZZ_EXPRESSIONS=100000 FUZZ_MODELS=1000 FUZZ_DIAGRAMS=100000 FUZZ_SECONDS=1 FUZZ_REQUESTS=20000 \
		FUZZ_SEED=$${FUZZ_SEED:-1} $(BIN)/pytest tests/fuzz tests/api/test_fuzz.py

crash: $(VENV)/.test  ## kill, freeze and cut off nodes under load, judged over REST; up to 20 minutes for each seed
	CRASH_SEED="$${CRASH_SEED:-1 2 3}" $(BIN)/python -m tests.crash

docs: $(VENV)/.test  ## write the table of what is run
	$(BIN)/python -m bpmn_engine.parser.coverage > docs/coverage.md

clean:
	rm -rf $(VENV)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it, or say PYTHON=/path/to/python3."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e .
	touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[test]'
	touch $@ $(VENV)/.run

$(VENV)/.bench: $(VENV)/.test benchmarks/feelin/package-lock.json
	$(BIN)/python -m pip install -q --disable-pip-version-check -e '.[bench]'
	if command -v npm >/dev/null; then npm ci --silent --prefix benchmarks/feelin; fi
	touch $@
