# Two commands on a fresh machine: `make demo`, then `make test`. `make help` lists the rest.
ROOT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
VENV := $(ROOT)/.venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
PYTEST := cd "$(ROOT)" && "$(BIN)/python" -m pytest

.PHONY: help install demo test test-system crash check run bench lock clean

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*## ' "$(ROOT)/Makefile" | sed -E 's/:.*## /\t/' | expand -t 16

install: $(INSTALLED) ## .venv with everything that the lock file pins

$(INSTALLED): $(ROOT)/requirements.lock $(ROOT)/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; none of python3, python3.11 … is. Install one, or say make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Installing into .venv (a minute the first time)"
	@"$(PYTHON)" -m venv "$(VENV)" || { echo "Python's venv module is needed (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@"$(BIN)/python" -m pip install -qq --disable-pip-version-check --require-hashes -r "$(ROOT)/requirements.lock"
	@"$(BIN)/python" -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e "$(ROOT)"
	@touch "$@"

demo: $(INSTALLED) ## publish the sample site to public/ and outbox/, no server needed
	@cd "$(ROOT)" && PATH="$(BIN):$$PATH" sh docs/demo.sh

test: $(INSTALLED) ## all tests that need nothing but Python
	@$(PYTEST) -n auto

test-system: $(INSTALLED) ## the tests that need chromium and postfix's smtp-sink
	@sh "$(ROOT)/tests/system/install.sh"
	@$(PYTEST) -m system

crash: $(INSTALLED) ## end the program at each of its side effects, and more: prints what came of it
	@cd "$(ROOT)/tests" && "$(BIN)/python" -m crash

check: $(INSTALLED) ## style, types and the direction of imports
	@cd "$(ROOT)" && "$(BIN)/ruff" check . && "$(BIN)/ruff" format --check . && "$(BIN)/mypy" && "$(BIN)/lint-imports"

run: $(INSTALLED) ## the daemon on the sample site
	@cd "$(ROOT)" && "$(BIN)/publisher" run

bench: $(INSTALLED) ## every benchmark; results go to bench/RESULTS.md
	@cd "$(ROOT)" && "$(BIN)/python" -m bench

lock: ## pin anew what pyproject.toml asks for (needs uv)
	@cd "$(ROOT)" && uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--group dev pyproject.toml -o requirements.lock

clean: ## remove all that was made, .venv too
	@cd "$(ROOT)" && rm -rf .venv public outbox state build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
