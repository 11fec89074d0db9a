# make up: the chat on http://127.0.0.1:8000 · make test · make check · make fix · make lock
# make messages: gather the strings to translate, and compile what was (gettext, on Debian)
.POSIX:
.DELETE_ON_ERROR:
.PHONY: up test check fix lock messages

BIN = .venv/bin

up: .venv/up
	@exec $(BIN)/python manage.py up

test: .venv/dev
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadscope

check: .venv/dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m tests.deployment

fix: .venv/dev
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: .venv/dev
	@$(BIN)/python -m uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-header pyproject.toml --extra postgres --extra redis -o requirements.lock
	@$(BIN)/python -m uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-header pyproject.toml --extra cog -c requirements.lock -o requirements-cog.lock
	@$(BIN)/python -m uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	  --no-header pyproject.toml --extra postgres --extra redis --extra cog --group dev -c requirements.lock \
	  -o requirements-dev.lock

messages: .venv/dev
	@$(BIN)/python -m tests.messages

.venv/up: requirements.lock
	@sh install.sh requirements.lock && touch $@

.venv/dev: requirements-dev.lock
	@sh install.sh requirements-dev.lock && touch .venv/up $@
