# Two commands are enough: `make demo` and `make test`. Every target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Drawn from the tables that the other scripts of the calibration write.
FIGURE := calibration/figure.py
# What can be run: the other files only hold what several of these share.
MEASURES = $(filter-out $(FIGURE),$(shell grep -l __main__ calibration/*.py)) $(FIGURE)
export MPLBACKEND := Agg
export PYTHONHASHSEED := 0
# The address of a dask scheduler, for `make calibration`.
CLUSTER ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test browser lint notebooks docs calibration bench metadata metadata-check lowest wheels lite release clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

ENGINE := from alliance import model, simulate; \
	model.find_pulses(simulate.simulate(simulate.worlds()["R0d"], clients=20, seed=1).sessions)

setup: $(READY) ## set up the environment in .venv

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "Python was not found. Install Python 3.11 or newer, or name it: make demo PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name a newer one: make demo PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Setting up .venv (once; a minute or two) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --constraint constraints.txt --editable '.[dev]'
# pip would compile on one core, the tests of every library as well. The engine of the course model
# is compiled beside it, or whoever calls it first would wait half a minute.
	@$(BIN)/python -c '$(ENGINE)' & $(BIN)/python -W ignore -m compileall -qq -j 0 -x '/tests?/' $(VENV)/lib src; wait || true
	@touch $@

demo: $(READY) ## run every step on the bundled data and print where the report is
	@$(BIN)/alliance demo --output demo --force

# Every core has a worker already: threads of linear algebra, and processes that nobody asked for,
# would only wait for each other. What is compiled is kept, or every process would compile it again.
test: export OPENBLAS_NUM_THREADS := 1
test: export OMP_NUM_THREADS := 1
test: export LOKY_MAX_CPU_COUNT := 1
test: export PYTHONDONTWRITEBYTECODE :=
test: $(READY) ## run all tests, notebooks and documentation examples included
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

browser: $(READY) ## open every page in Chromium (which must be installed) and test it there
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[browser,dev]'
	@ALLIANCE_BROWSER=1 $(BIN)/python -m pytest tests/browser

lint: $(READY) ## check style and formatting
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict src

# A rendered notebook asks no other computer for anything when it is read.
OFFLINE := --HTMLExporter.mathjax_url= --HTMLExporter.require_js_url= --HTMLExporter.jquery_url=
notebooks: $(READY) ## run the notebooks and render them to build/notebooks
	@ls notebooks/*.ipynb >/dev/null 2>&1 || { echo "There are no notebooks."; exit 1; }
	@rm -rf build/executed && mkdir -p build/notebooks build/executed
	@MPLBACKEND= $(BIN)/jupyter nbconvert --log-level WARN --to notebook --execute --output-dir build/executed notebooks/*.ipynb
	@$(BIN)/jupyter nbconvert --log-level WARN --to html --template docs/_notebook $(OFFLINE) --output-dir build/notebooks build/executed/*.ipynb
	@echo "Open build/notebooks/ in a browser."

docs: notebooks ## build the documentation site in build/docs; it opens without a network
	@$(BIN)/python docs/site.py build/docs --notebooks build/executed
	@echo "Open build/docs/index.html in a browser."

calibration: $(READY) ## measure detectors and rules on simulated truth (slow; on a cluster with CLUSTER=tcp://...)
	@set -e; export ALLIANCE_CLUSTER=$(CLUSTER); for script in $(MEASURES); do echo "$$script"; $(BIN)/python $$script; done

bench: $(READY) ## print one table: speed beside the alternatives, as ratios
	@$(BIN)/python benchmarks/table.py

metadata: ## write CITATION.cff, codemeta.json, .zenodo.json and NOTICE from pyproject.toml and the catalogue
	@$(PYTHON) .ci/metadata.py

metadata-check: ## see that they are as they would be written
	@$(PYTHON) .ci/metadata.py --check

lowest: ## install the lowest versions that are allowed in build/lowest and try the toolkit there
	@$(PYTHON) .ci/lowest.py build/lowest

wheels: ## gather build/wheels, a folder to install from without a network
	@$(PYTHON) .ci/wheels.py build/wheels

# An unpacked full distribution of Pyodide, which no registry of Python packages holds.
PYODIDE ?= build/pyodide
lite: ## build JupyterLite with notebooks 1 to 3 in build/lite (PYODIDE=folder of the full distribution)
	@test -f $(PYODIDE)/pyodide.mjs || { echo "Unpack the full distribution of Pyodide 314 and name its folder: make lite PYODIDE=/path/to/pyodide"; exit 1; }
	@test -x build/lite-tools/bin/python || $(PYTHON) -m venv build/lite-tools
	@build/lite-tools/bin/python -m pip install --quiet --disable-pip-version-check "jupyterlite-core>=0.8" "jupyterlite-pyodide-kernel>=0.8" "jupyter-server>=2" "hatchling>=1.26"
	@build/lite-tools/bin/python .ci/lite.py build/lite --pyodide $(PYODIDE)

# Apart from .venv: cffconvert asks for an older jsonschema than JupyterLab.
TOOLS := build/tools
release: metadata ## build dist/, check it, install the wheel in a clean environment and run the demo there
	@rm -rf dist build/release
	@test -x $(TOOLS)/bin/python || $(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check "build>=1.2" "twine>=6" "cffconvert>=2"
	@$(TOOLS)/bin/cffconvert --validate
	@$(TOOLS)/bin/python -m build --outdir dist .
	@$(TOOLS)/bin/python -m twine check --strict dist/*
	@$(PYTHON) -m venv build/release
	@build/release/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt "$$(ls dist/*.whl)[files]"
	@cd build/release && bin/python ../../.ci/smoke.py
	@$(PYTHON) .ci/metadata.py --release-notes "$$(build/release/bin/python -c 'import alliance; print(alliance.__version__)')" > build/release-notes.md
	@echo "dist/ is built, checked and was run from a clean environment. What is new: build/release-notes.md"

clean: ## remove what the other targets made
	rm -rf $(VENV) build dist demo
