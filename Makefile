# The front door: `make help` lists what there is. The targets' work is in scripts/.

EXTRA ?= $(if $(wildcard .venv/.gpu-*),gpu,cpu)## cpu or gpu: which TensorFlow to set up (what .venv has, else cpu)
CORES ?= all## processor cores that a run may use: a number, or all
PROFILE ?=## slurm: run on the cluster that profiles/slurm describes, instead of on this machine
CONFIG ?=## configuration file of `run` and `adapt`; other targets say what they take without one
VIDEO ?=## what `make detect`, `propose` and `review` look at: a file or folder, or several without blanks and patterns: "a.mp4 tapes/*.avi"
OUT ?= found## folder of what `make detect` and `make propose` find
MODEL ?= detectors/starter## detector of `make detect`, `propose` and `adapt`: a folder that `make export` wrote
CLIPS ?=## folder with videos and their labels.csv that `make starter` trains on
QUICK ?=## 1: `make detect` looks at long videos once a second first, and in full where there may be signing
QUERY ?=## what `make candidates` searches for
COUNT ?= 50## how many candidates at most
STATUS ?=## statuses that `make retry-downloads` forgets, else all temporary ones: "age geo"
REMOVE ?=## yes: `make clean-stale` removes what it lists
GPU ?=## 1 or 0: whether runs use, and `plan` and `why` count with, a GPU (else where nvidia-smi is)
PORT ?= 5000## port of `make ui`
STAGES ?=## what `make bench` measures, else all: "streams reads"
WORKERS ?= 3## test processes of `make test`

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

one_of = $(if $(filter-out $(2),$($(1)))$(filter-out 1,$(words $($(1)))),$(error $(1) must be $(3), not "$($(1))"))
$(call one_of,EXTRA,cpu gpu,cpu or gpu)
MACHINE := $(if $(filter gpu,$(EXTRA)),$(shell uname -sm))
$(if $(filter-out Linux x86_64,$(MACHINE)),$(error EXTRA=gpu is for Linux on x86-64, this is $(MACHINE): TensorFlow has no CUDA elsewhere))
$(if $(GPU),$(call one_of,GPU,0 1,0 or 1))
$(if $(REMOVE),$(call one_of,REMOVE,yes,yes or nothing))
$(if $(QUICK),$(call one_of,QUICK,1,1 or nothing))
override CORES := $(patsubst all,$(shell nproc 2> /dev/null || getconf _NPROCESSORS_ONLN),$(CORES))
$(if $(shell echo '$(CORES)' | grep -xE '[0-9]+'),,$(error CORES must be a number of processor cores, or all, not "$(CORES)"))

# Programs are started as `python -m` or by path, so that a .venv goes on working when the folder is moved.
HOST_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport PYTHONPATH PYTHONHOME
export PYTHONHASHSEED := 0
export KERAS_BACKEND := tensorflow
export TF_CPP_MIN_LOG_LEVEL := 2
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export HDF5_USE_FILE_LOCKING := FALSE
export CONFIG CLIPS MODEL OUT PORT QUERY VIDEO
$(if $(GPU),$(eval export SIGNWILD_GPUS := $(GPU)))
$(if $(filter 0,$(GPU)),$(eval export CUDA_VISIBLE_DEVICES :=))

# A stamp is named after what it installed, and for which Python and machine: another lock, or another machine's .venv,
# is installed again, a lock that was only touched is not.
PYTHONS := python3.11 python3.12 python3.13 python3
KIND := $(shell .venv/bin/python scripts/set_up.py --kind 2> /dev/null || echo none)
digest_of = $(firstword $(shell sha256sum $(1) 2> /dev/null || shasum -a 256 $(1)))
LOCK := requirements/$(EXTRA).txt
READY := .venv/.$(EXTRA)-$(KIND)-$(call digest_of,$(LOCK))
DEV_READY := .venv/.dev-$(KIND)-$(call digest_of,$(LOCK))-$(call digest_of,requirements/dev.txt)
SIZE := $(if $(filter gpu,$(EXTRA)),with CUDA: several GB and minutes,2.9 GB; 2-3 minutes)
FIND_PYTHON = export PATH='$(HOST_PATH)'; for python in $(PYTHONS) none; do \
    $$python scripts/set_up.py --kind > /dev/null 2>&1 && break; done; [ $$python != none ] || \
    { echo 'error: Python 3.11, 3.12 or 3.13 is needed, on the PATH as one of: $(PYTHONS)' >&2; exit 1; }

# Runs take the lock of the folder themselves, other programs that write or read results by this one.
RUN = python scripts/run_workflow.py
WHERE = --cores '$(CORES)' $(if $(PROFILE),--profile '$(PROFILE)')
LOCKED = python scripts/hold_lock.py
FORECAST = --cores '$(CORES)' $(if $(GPU),--gpu $(GPU))
OF_PAPER = --configfile "$${CONFIG:-config/paper.yaml}"
OF_DEMO = --configfile "$${CONFIG:-config/config.yaml}"

.PHONY: help detect propose review review-report adapt starter demo reproduce run export plan why verify clean-stale attrition retry-downloads upgrade-yt-dlp candidates refold ui test test-cluster test-all bench lint format lock check-lock

help: ## List the targets and the variables
	@awk -F ' *[:?][=]?.*## *' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@awk -F ' *[?]= *|## *' '/^[A-Z]+ [?]=.*## / { printf "  %-20s %s%s\n", $$1 "=", $$3, $$2 ~ /^[^$$]/ ? " (" $$2 ")" : "" }' $(MAKEFILE_LIST)

# A path that is there is one file, whatever blanks it has; anything else is words and patterns, as a shell has them.
FILES = [ -n "$$VIDEO" ] || { echo 'error: no VIDEO: make $@ VIDEO=$(1)' >&2; exit 1; }; \
    if [ -e "$$VIDEO" ]; then files=("$$VIDEO"); else files=($$VIDEO); fi;
# Tiers as a run names them.
NAMED = $(if $(CONFIG),--configfile "$$CONFIG")
detect: $(READY) ## Find the signing in any video: make detect VIDEO=lecture.mp4 (OUT, MODEL, QUICK)
	@$(call FILES,lecture.mp4) \
	    python scripts/detect_signing.py --model "$$MODEL" --out "$$OUT" $(if $(QUICK),--quick) -- "$${files[@]}"
propose: $(READY) ## Add what a detector finds to .eaf files, as tiers to correct: make propose VIDEO=annotations (OUT, MODEL, CONFIG)
	@$(call FILES,annotations) python scripts/propose_annotations.py --model "$$MODEL" --out "$$OUT" $(NAMED) -- "$${files[@]}"
review: $(READY) ## Accept, correct or reject proposals in a browser: make review VIDEO=annotations (OUT of `propose`, CONFIG)
	@$(call FILES,annotations) python scripts/review_annotations.py --found "$$OUT" $(NAMED) -- "$${files[@]}"
review-report: $(READY) ## Say what `make review` took, and what stood of the proposals
	@python scripts/report_review.py

demo: $(READY) ## Run the whole pipeline on the small rendered data set
	@$(RUN) run --configfile config/config.yaml $(WHERE)
reproduce: $(READY) ## Reproduce the paper on what YouTube still has of its videos: hours of download, days of work
	@$(RUN) run --configfile config/paper.yaml $(WHERE)
run: $(READY) ## Run any configuration: make run CONFIG=config/mine.yaml
	@$(RUN) run --configfile "$$CONFIG" $(WHERE)
export: $(READY) ## Put a run's detectors in one folder, for any video (CONFIG, else the demo's): docs/detection.md
	@$(RUN) export $(OF_DEMO) $(WHERE)
adapt: $(READY) ## Fine-tune the detector MODEL on your labelled videos (CONFIG), and say what that gained: docs/detection.md
	@$(RUN) adapt --configfile "$$CONFIG" --model "$$MODEL" $(WHERE)
starter: $(READY) ## Train the shipped detector again, on a folder of videos with labels.csv: make starter CLIPS=folder
	@$(RUN) starter --clips-dir "$$CLIPS" $(WHERE)

plan: $(READY) ## Say what a configuration takes: jobs, hours, downloads, disk (CONFIG, else the paper's); nothing is run
	@python scripts/describe_plan.py $(OF_PAPER) $(FORECAST)
why: $(READY) ## Say what would run now, why, and for how long (CONFIG, else the demo's); nothing is run
	@python scripts/explain_run.py $(OF_DEMO) $(FORECAST)

verify: $(READY) ## Check a run's results, file by file (CONFIG, else the demo), and say which command repairs what is wrong
	@$(LOCKED) python scripts/verify_results.py $(OF_DEMO)
clean-stale: $(READY) ## List what no run's configuration refers to any more (REMOVE=yes removes it; CONFIG instead of its run's own)
	@$(LOCKED) python scripts/clean_stale.py $${CONFIG:+--configfile "$$CONFIG"} $(if $(REMOVE),--remove)

attrition: $(READY) ## Show which videos are available, which are gone and why (CONFIG, else the paper's), also in mid-download
	@python scripts/show_attrition.py $(OF_PAPER)

retry-downloads: $(READY) ## Request videos again that failed for a temporary reason (CONFIG, else the paper's; STATUS)
	@$(RUN) retry-downloads $(OF_PAPER) $(if $(STATUS),--status $(STATUS)) --cores '$(CORES)'
upgrade-yt-dlp: $(READY) ## Take the newest yt-dlp into .venv, as YouTube changes faster than the lock
	@$(LOCKED) python -m pip install --quiet --disable-pip-version-check --upgrade 'yt-dlp[default]'
	@python -m yt_dlp --version

candidates: $(READY) ## Search YouTube for candidates, into a table for vetting: make candidates QUERY="maltese sign language"
	@[ -n "$$QUERY" ] || { echo 'error: no QUERY: make candidates QUERY="maltese sign language"' >&2; exit 1; }
	@python scripts/search_candidates.py $(OF_PAPER) --query "$$QUERY" --count '$(COUNT)'

refold: $(READY) ## Forget the folds of a run (CONFIG, else the demo): the next run assigns them again
	@$(LOCKED) python scripts/forget_folds.py $(OF_DEMO)
ui: $(READY) ## Browse the runs in MLflow
	@python scripts/browse_runs.py --port "$$PORT"

test: $(DEV_READY) ## Run the tests, a file at a time in each of WORKERS processes
	@python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
test-cluster: $(DEV_READY) ## Run the workflow on a Slurm of one node that the tests start: as root, with Debian's packages (docs/cluster.md)
	@python -m pytest -m '' tests/cluster
test-all: $(DEV_READY) ## Run all tests, also those that take hours: every row of docs/reruns.md, a hundred kills, more runs on Slurm
	@python -m pytest -m ''

bench: $(READY) ## Measure the stages beside the authors' procedure and the machine's limits, into docs/performance.md (STAGES)
	@$(LOCKED) python benchmarks/measure_performance.py $(STAGES)

lint: $(DEV_READY) ## Check style and errors, nothing is changed
	@python -m ruff check . && python -m ruff format --check .
	@python -m snakefmt --check Snakefile rules && python -m snakemake --lint
format: $(DEV_READY) ## Bring the code into the house style
	@python -m ruff check --fix-only . && python -m ruff format . && python -m snakefmt Snakefile rules

lock: ## Bring the locks and envs/ in line with requirements/*.in
	@$(FIND_PYTHON); $$python scripts/lock_requirements.py
check-lock: ## Check that the locks can be installed on every machine that they are for; it asks the package index
	@$(FIND_PYTHON); $$python scripts/lock_requirements.py --check

$(READY):
	@echo 'Setting up .venv from $(LOCK) ($(SIZE)) ...'
	@$(FIND_PYTHON); $$python scripts/set_up.py $(LOCK) '$(subst -$(KIND)-,-KIND-,$@)'

$(DEV_READY): | $(READY)
	@echo 'Adding the tools of requirements/dev.txt to .venv ...'
	@python scripts/set_up.py requirements/dev.txt '$(subst -$(KIND)-,-KIND-,$@)' --add
