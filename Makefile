# Every target sets up what it needs (bootstrap.sh), the first time only.

export LC_ALL := C.UTF-8
export PYTHONUTF8 := 1

BIN := .venv/bin

.PHONY: help explain test quick lint format bench film gallery clean core lint-tools full browser
.DEFAULT_GOAL := help

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "PYTHON=python3.12 make ... chooses the interpreter (3.11 to 3.13) for .venv."

explain: full ## closed forms, verdict, figures and films of the notebook's model, into out/
	$(BIN)/convexplain explain -o out

test: browser ## everything that CI runs: formatting, lint, types, all tests, all doctests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 2 --dist worksteal --doctest-modules --doctest-glob=README.md convexplain tests README.md

quick: core ## under a minute: the short tests that need neither TensorFlow nor manim nor a browser
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not keras and not films and not browser and not long"

lint: lint-tools ## formatting, lint and types, without changing anything
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: lint-tools ## format the code and fix what can be fixed
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: full ## measure speed
	$(BIN)/python tests/benchmarks/run.py

film: full ## the whole film, with captions and poster, into out/
	mkdir -p out
	$(BIN)/convexplain film all -o out/film.mp4 --quality full

gallery: full ## every story in every medium, into out/gallery; renews the small pictures of the README
	$(BIN)/convexplain gallery -o out/gallery
	$(BIN)/python -m convexplain.gallery figures/gallery

clean: ## remove .venv, out/, builds and caches
	rm -rf .venv out build dist media scenes/media .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -path ./.git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

core lint-tools full browser:
	@bash bootstrap.sh $@
