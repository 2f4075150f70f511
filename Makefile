# The commands of the kit. `make serve` and `make test` install what they need first.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3

.PHONY: help install serve test lint format clean

help:
	@echo "make serve    cài những gì cần, rồi mở bộ học tại http://localhost:8866"
	@echo "make test     install what is needed (Chromium included) and run every test"
	@echo "make lint     ruff format --check and ruff check"
	@echo "make install  only install into $(VENV)"

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Cần Python 3.11 trở lên (đang có: $$($(PYTHON) --version))."; exit 1; }
	@echo "== Cài thư viện vào $(VENV) (lần đầu mất vài phút)"
	@$(PYTHON) -m venv $(VENV) || { echo "Chưa tạo được $(VENV). Trên Debian, Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[test]"
	@touch $@

serve: install
	@echo "== Mở bộ học Học Số"
	@$(BIN)/hocso serve

test: install
	@echo "== Looking for Chromium"
	@tests/install_chromium.sh
	@echo "== Running the tests"
	$(BIN)/python -m pytest

lint: install
	@echo "== ruff"
	$(BIN)/ruff format --check src tests quizzes
	$(BIN)/ruff check src tests quizzes

format: install
	$(BIN)/ruff format src tests quizzes
	$(BIN)/ruff check --fix src tests quizzes

clean:
	rm -rf $(VENV) build dist src/*.egg-info
