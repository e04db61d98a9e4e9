# Everything a person types. `make paper` and `make test` install what they need on their own, once.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin

.PHONY: help paper test cluster soak chaos bench check install dev clean

help:
	@echo "make paper   run paper trading       (ARGS='--days 7 --seed 3 --json' goes to: astra paper)"
	@echo "make test    format, lint, types, imports, tests"
	@echo "make soak    more deaths of every kind on real Ray: some minutes"
	@echo "make cluster the tests of several hosts, in network namespaces: some minutes, wants root"
	@echo "make check   the same without the tests"
	@echo "make chaos   ten thousand simulated houses under faults  (ARGS='--seeds 1..500 --json' goes to: astra chaos)"
	@echo "make bench   every benchmark, each beside its baseline"
	@echo "make install only make .venv; the command is then .venv/bin/astra"

paper: install
	@$(BIN)/astra paper $(ARGS)

test: dev
	@.ci/check tests

cluster: dev
	@$(BIN)/pytest -s -m "cluster" $(ARGS)

soak: dev
	@$(BIN)/pytest -s -m "soak" $(ARGS)

check: dev
	@.ci/check

chaos: install
	@$(BIN)/astra chaos $(if $(ARGS),$(ARGS),--seeds 1..10000)

bench: dev
	@for script in benchmarks/bench_*.py; do echo "== $$script" >&2; $(BIN)/python $$script $(ARGS) || exit 1; done

install:
	@PYTHON="$(PYTHON)" .ci/install runtime

dev:
	@PYTHON="$(PYTHON)" .ci/install dev

clean:
	@rm -rf .venv dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
