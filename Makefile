# The commands of the kit. `make serve` and `make test` install what they need first.
VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3
CODE := src tests quizzes bench

.PHONY: help install serve test bench lint format lock clean

help:
	@echo "make serve    cài những gì cần, rồi mở bộ học tại http://localhost:8866"
	@echo "make test     install what is needed (Chromium included) and run every test"
	@echo "make bench    measure the kit beside stock Voilà and stock nbgrader; writes bench/RESULTS.md"
	@echo "make lint     ruff format --check and ruff check"
	@echo "make format   let ruff format and mend what it can"
	@echo "make install  only install into $(VENV)"
	@echo "make lock     choose newer versions of the dependencies for requirements.lock"
	@echo "make clean    remove $(VENV) and what was built; data/ stays"

install: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Cần Python 3.11 trở lên (đang có: $$($(PYTHON) --version))."; exit 1; }
	@echo "== Cài thư viện vào $(VENV) (lần đầu mất vài phút)"
	@$(PYTHON) -m venv $(VENV) || \
		{ echo "Chưa tạo được $(VENV). Trên Debian, Ubuntu: sudo apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@
	@echo "== Đã cài xong"

serve: install
	@echo "== Mở bộ học Học Số"
	@$(BIN)/hocso serve

test: install
	@echo "== Looking for Chromium, poppler, LibreOffice and PostgreSQL"
	@tests/install_tools.sh
	@echo "== Running the tests"
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

bench: install
	@echo "== Looking for Chromium, poppler, LibreOffice and PostgreSQL"
	@tests/install_tools.sh
	@echo "== Measuring, which takes some minutes"
	@$(BIN)/python -m bench

lint: install
	@echo "== ruff"
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/ruff check $(CODE)

format: install
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

lock: install
	@echo "== Choosing versions"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip compile --quiet --upgrade pyproject.toml --extra test --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --output-file requirements.lock
	@echo "Look at 'git diff requirements.lock', then run make test."

clean:
	rm -rf $(VENV) build dist src/*.egg-info
