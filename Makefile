# Two commands matter: `make app` and `make test`. Both may be run again at any time.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 7860
BIN := .venv/bin

.PHONY: app test lint bench notebooks clean

app: .venv/.app
	@echo "Starting the playground on http://localhost:$(PORT) (stop with Ctrl+C)"
	@GRADIO_SERVER_PORT=$(PORT) $(BIN)/python app.py

test: .venv/.test lint
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| echo "Chromium is missing: the browser tests will be skipped (Debian: apt-get install chromium)"
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/.test
	$(BIN)/ruff check .

bench: .venv/.app
	$(BIN)/python -m benchmarks.speed

notebooks: .venv/.test
	$(BIN)/jupytext --quiet --to ipynb notebooks/*.py

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python is missing: install Python 3.11 or newer, then run this again."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is too old: Python 3.11 or newer is needed; name one with make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' \
		|| { echo "Python's venv module is missing: install it (Debian: apt-get install python3-venv)."; exit 1; }
	@echo "Creating the virtual environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/.app: .venv/bin/python requirements.txt pyproject.toml
	@echo "Installing the playground (a few minutes the first time)"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e .
	@touch $@

.venv/.test: .venv/.app
	@echo "Installing the test tools"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -e ".[test]"
	@touch $@

clean:
	rm -rf .venv
