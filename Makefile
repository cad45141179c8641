# Bare `make` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
CONFIG ?= serve_config.yaml
# A package index with another torch build, for example https://download.pytorch.org/whl/cpu.
TORCH_INDEX ?=
# What pyproject.toml calls extras.
EXTRAS ?= dev,postgres,s3
# Processes that share the tests which start no Ray.
WORKERS ?= 2
SHARED := -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not serve"
OPENCV := opencv-contrib-python-headless==4.10.0.84

.PHONY: help env serve check test test-fast lint format bench bench-soak bench-accuracy bench-gallery bench-scaling bench-capacity bench-bulk bench-cameras fonts bench-chaos bench-cluster chaos screenshots fuzz audit clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: $(VENV)/.installed ## Make the environment in .venv (a few minutes, once)

# OpenCV comes in three distributions that overwrite one cv2 folder; the headless one, which needs no
# libGL, is laid over the others last.
$(VENV)/.installed: pyproject.toml configs/constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "torch==2.13.0"
	$(BIN)/pip install -q -c configs/constraints.txt -e ".[$(EXTRAS)]"
	$(BIN)/pip install -q --force-reinstall --no-deps $(OPENCV)
	touch $@

serve: env ## Run the service from serve_config.yaml on http://127.0.0.1:8000
	@exec $(BIN)/python -m deployments.run $(CONFIG)

check: env ## Check the Serve YAML strictly
	$(BIN)/python -m deployments.serve_yaml $(CONFIG)

test: env ## Run all tests
	$(BIN)/python -m pytest $(SHARED); shared=$$?; \
	$(BIN)/python -m pytest -m serve && exit $$shared

test-fast: env ## Run the tests that need no Ray cluster
	$(BIN)/python -m pytest $(SHARED)

lint: env ## ruff, mypy strict, bandit, and the strict YAML check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/bandit -q -c pyproject.toml -r configs deployments pipelines
	$(BIN)/python -m deployments.serve_yaml serve_config.yaml configs/*.yaml

audit: env ## bandit, and the locked dependencies against known vulnerabilities (asks pypi.org)
	$(BIN)/bandit -q -c pyproject.toml -r configs deployments pipelines
	$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off -r configs/constraints.txt $(AUDIT)

fuzz: env ## Mutated pictures, made-up requests and lives of drivers: 15 minutes, PICTURES=20000 EXAMPLES=200 LIVES=60
	$(BIN)/python -m tests.fuzz.pictures --pictures $(or $(PICTURES),20000)
	$(BIN)/python -m tests.fuzz.document --examples $(or $(EXAMPLES),200)
	$(BIN)/python -m tests.fuzz.driver_lives --examples $(or $(LIVES),60)

format: env ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: env ## Measure the service beside bare engines, plain FastAPI and peers: ten minutes, QUICK=1 few
	$(BIN)/python -m tests.bench.throughput $(if $(QUICK),--quick) $(BENCH)

bench-soak: env ## Load the service fully for MINUTES=30 and tell how its memory grows
	$(BIN)/python -m tests.bench.throughput.soak --minutes $(or $(MINUTES),30) $(BENCH)

bench-accuracy: env ## Measure plates against fast-alpr, and drivers, on the pictures under GATEHOUSE_DATA
	$(BIN)/python -m tests.bench.accuracy --http $(BENCH)

bench-gallery: env ## Measure search over gallery size beside FAISS, usearch and pgvector (hours)
	$(BIN)/python -m tests.bench.gallery_scale $(BENCH)

bench-scaling: env ## Measure throughput over replicas and nodes, and a load in steps, with engines that sleep
	$(BIN)/python -m tests.bench.scaling $(BENCH)

bench-capacity: env ## Measure what one core gives, compute what a GPU would
	$(BIN)/python -m tests.bench.capacity $(BENCH)

bench-bulk: env ## Read 2,000 pictures in bulk beside the bare engines, killed and resumed (5 minutes)
	$(BIN)/python -m tests.bench.bulk $(BENCH)

bench-cameras: env ## Make a clip of passing vehicles, and count what a camera makes of it (3 minutes)
	$(BIN)/python -m tests.bench.camera_clip $(BENCH)

fonts: env ## Install the fonts that training draws plates with (Debian and npm packages)
	apt-get install -qy $$($(BIN)/python -m pipelines.training.synthesis.fonts debian)
	npm install --silent --no-audit --no-fund --prefix .fonts $$($(BIN)/python -m pipelines.training.synthesis.fonts npm)
	@echo "export GATEHOUSE_FONTS=$(CURDIR)/.fonts/node_modules"

bench-chaos: env ## Kill parts of a service under load every few seconds, count broken promises
	$(BIN)/python -m tests.serve.chaos --database sqlite $(BENCH)
	$(BIN)/python -m tests.serve.chaos --database postgresql $(BENCH)

bench-cluster: env ## Three hosts as namespaces (root, Linux): node loss, updates, scale-out, head restart
	$(BIN)/python -m tests.bench.cluster $(BENCH)

chaos: env ## Deal single faults to a service under load, and count what fails (10 minutes)
	$(BIN)/python -m tests.bench.faults $(BENCH)

screenshots: env ## Take the pictures of the console that README shows (starts a service, needs chromium)
	$(BIN)/python -m tests.console.screenshots

clean: ## Remove the environment and caches; keeps var/, where the data lives
	rm -rf $(VENV) .venv-peer .venv-omni .venv-usearch .mypy_cache .ruff_cache .pytest_cache .hypothesis
