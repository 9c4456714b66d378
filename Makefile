# One command each on a fresh machine; PYTHON chooses the interpreter.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export PATH := $(abspath $(BIN)):$(PATH)

# What the page of docs/serving.md runs on in the browser.
NPM_PACKAGES := onnxruntime-web@1.30.0 @mediapipe/pose@0.5.1675469404

.PHONY: demo test check install format clean

demo: install
	python -m stpose_tf.demo --out=demo --overwrite

test: install
	python -m pytest -n auto

check: install
	ruff format --check .
	ruff check .
	mypy
	lint-imports
	python -m pytest -n auto -m "not slow"

format: install
	ruff format .
	ruff check --fix .

install: $(VENV)/installed

node_modules: Makefile
	npm install --no-save --no-audit --no-fund $(NPM_PACKAGES)
	touch $@

$(VENV)/installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $@

clean:
	rm -rf $(VENV) demo node_modules
