# The front door: `make help` lists what there is.

ifeq ($(filter oneshell,$(.FEATURES)),)
$(error GNU make $(MAKE_VERSION) is too old, 3.82 is needed; on macOS: brew install make, then gmake in place of make)
endif

EXTRA ?= $(if $(wildcard .venv/.gpu-*),gpu,cpu)## cpu or gpu: which TensorFlow to set up (what .venv has, else cpu)
CORES ?= $(shell nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)## processor cores that a run may use
PROFILE ?=## slurm: run on the cluster that profiles/slurm describes, instead of on this machine
CONFIG ?=## configuration file of `run`; other targets say what they take without one
VIDEO ?=## what `make detect` looks at: a file or folder, or several and patterns: "a.mp4 tapes/*.avi"
OUT ?= found## folder of what `make detect` finds
MODEL ?= detectors/starter## detector of `make detect` and `make adapt`: a folder that `make export` wrote
CLIPS ?=## folder with videos and their labels.csv that `make starter` trains on
QUERY ?=## what `make candidates` searches for
COUNT ?= 50## how many candidates at most
STATUS ?=## statuses that `make retry-downloads` forgets, else all that pass: "age geo"
REMOVE ?=## yes: `make clean-stale` removes what it lists
GPU ?=## 1 or 0: whether runs use, and `plan` and `why` count with, a GPU (else where nvidia-smi is)
PORT ?= 5000## port of `make ui`
STAGES ?=## what `make bench` measures, else all: "streams reads"
WORKERS ?= 2## test processes of `make test`

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

ifeq ($(filter cpu gpu,$(EXTRA)),)
$(error EXTRA must be cpu or gpu, not "$(EXTRA)")
endif

ifeq ($(EXTRA),gpu)
ifneq ($(shell uname -sm),Linux x86_64)
$(error EXTRA=gpu is for Linux on x86-64, this is $(shell uname -sm): TensorFlow's other packages have no CUDA)
endif
endif

ifneq ($(filter-out 0 1,$(GPU)),)
$(error GPU must be 0 or 1, not "$(GPU)")
endif

# Programs are started as `python -m`, so that a .venv goes on working when the folder is moved.
HOST_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
unexport PYTHONPATH PYTHONHOME
export PYTHONHASHSEED := 0
export KERAS_BACKEND := tensorflow
export TF_CPP_MIN_LOG_LEVEL := 2
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true
export HDF5_USE_FILE_LOCKING := FALSE
export QUERY VIDEO CLIPS
ifneq ($(GPU),)
export SIGNWILD_GPUS := $(GPU)
endif
ifeq ($(GPU),0)
export CUDA_VISIBLE_DEVICES :=
endif

# A stamp is named after what it installed, with the Python and the machine, and written last: a changed lock, an
# interrupted installation or another machine's .venv is done anew, a lock that was only touched is not.
PYTHONS := python3.11 python3.12 python3.13 python3
KIND := import platform, sys; kind = sys.implementation.cache_tag, platform.system(), platform.machine(); \
    print(*kind, sep="-") if (3, 11) <= sys.version_info[:2] <= (3, 13) else sys.exit(1)
VENV := $(shell for python in .venv/bin/python $(PYTHONS); do $$python -c '$(KIND)' 2> /dev/null && break; done)
digest_of = $(firstword $(shell sha256sum $(1) 2> /dev/null || shasum -a 256 $(1)))
LOCK := requirements/$(EXTRA).txt
LOCKED := $(call digest_of,$(LOCK))
READY := .venv/.$(EXTRA)-$(VENV)-$(LOCKED)
DEV_READY := .venv/.dev-$(VENV)-$(LOCKED)-$(call digest_of,requirements/dev.txt)
SIZE := $(if $(filter gpu,$(EXTRA)),with CUDA: several GB and minutes,2.9 GB; 2-3 minutes)
PIP_INSTALL := python -m pip install -qq --disable-pip-version-check --require-hashes

define find_python
for python in $(PYTHONS) none; do
    $$python -c '$(KIND)' > /dev/null 2>&1 && break
done
[ $$python != none ] || { echo 'error: Python 3.11, 3.12 or 3.13 is needed, on the PATH as one of: $(PYTHONS)' >&2; exit 1; }
endef

# One make at a time sets up or runs. Snakemake inherits the lock and its jobs do not, so it lasts
# exactly as long as this shell or Snakemake; a killed one may take a moment to be gone. A file
# system without locks is another failure than 1, which flock prints.
define take_lock
if [ -z "$${locked:-}" ]; then
    mkdir -p .snakemake
    exec 9>> .snakemake/make.lock
    flock --timeout 5 9 || [ $$? != 1 ] || { echo 'error: a run or a set-up is going on in this folder: wait until it has ended' >&2; exit 1; }
    locked=yes
fi
endef

# $(1): the configuration file; $(2): the option that hands it to Snakemake.
# The file of the lock names the machine, and the profile, while a run goes on. Where it is still there at
# the start, that run was killed, and the lock that Snakemake left behind is removed; no other is. A run of
# another machine may go on, as not every shared disk shares locks.
define begin_run
$(check_profile)
$(take_lock)
# Jobs that a killed run left in Slurm's queue would do again, beside the new run's, what that has done. The
# executor names the rule in a job's comment: no other job of the folder is ours, this one's neither.
cancel_orphans() {
    squeue --me --noheader --format='%i %k %Z' | while read -r job comment folder; do
        [[ $$comment != rule_* || $$folder != "$$(pwd -P)" ]] || { scancel "$$job"; echo "Cancelled its job $$job."; }
    done
}
stopped() { compgen -G '.snakemake/locks/*' > /dev/null; }
if stopped; then
    [ -s .snakemake/make.lock ] || {
        echo 'error: Snakemake runs in this folder outside make: wait until it has ended' >&2
        echo '       (if it was killed: .venv/bin/python -m snakemake $(2) --unlock)' >&2
        exit 1
    }
    read -r host profile < .snakemake/make.lock
    [ "$$host" = "$$HOSTNAME" ] || {
        echo "error: a run was started on $$host: wait until it has ended, or go on there" >&2
        echo "       (if that machine is gone: echo $$HOSTNAME > .snakemake/make.lock, and start again)" >&2
        exit 1
    }
    echo 'The last run was killed: going on from what it has finished.'
    [ -z "$$profile" ] || cancel_orphans
    python -m snakemake $(2) --cores 1 --unlock --quiet all
    [ -z "$$profile" ] || python scripts/remove_unrecorded.py --configfile $(1)
fi
echo "$$HOSTNAME $(PROFILE)" > .snakemake/make.lock
trap 'stopped || : > .snakemake/make.lock' EXIT
python scripts/check_configuration.py --configfile $(1)
endef

# A cluster's profile says itself how many jobs and cores at a time.
WHERE = $(if $(PROFILE),--workflow-profile profiles/$(PROFILE),--cores $(CORES))

define check_profile
[ -z '$(PROFILE)' ] || [ -f 'profiles/$(PROFILE)/profile.yaml' ] || {
    echo 'error: no profile "$(PROFILE)": there is no profiles/$(PROFILE)/profile.yaml' >&2
    exit 1
}
endef

define run_workflow
$(begin_run)
python -m snakemake $(2) $(WHERE) --quiet host progress -- dataset
python -m snakemake $(2) $(WHERE)
python scripts/show_run.py --configfile $(1)
endef

OF_PAPER = '$(or $(CONFIG),config/paper.yaml)'
OF_DEMO = '$(or $(CONFIG),config/config.yaml)'

.PHONY: help detect adapt starter demo reproduce run export plan why verify clean-stale attrition retry-downloads upgrade-yt-dlp candidates refold ui test test-cluster test-all bench lint format lock check-lock

help: ## List the targets and the variables
	@awk -F ' *[:?][=]?.*## *' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	awk -F ' *[?]=.*## *' '/^[A-Z]+ [?]=.*## / { printf "  %-20s %s\n", $$1 "=", $$2 }' $(MAKEFILE_LIST)

# A path that is there is one video, whatever blanks it has; anything else is words and patterns, as a shell has them.
detect: $(READY) ## Find the signing in any video: make detect VIDEO=lecture.mp4 (OUT, MODEL)
	@[ -n "$$VIDEO" ] || { echo 'error: no VIDEO: make detect VIDEO=lecture.mp4' >&2; exit 1; }
	if [ -e "$$VIDEO" ]; then videos=("$$VIDEO"); else videos=($$VIDEO); fi
	python scripts/detect_signing.py --model '$(MODEL)' --out '$(OUT)' -- "$${videos[@]}"

demo: $(READY) ## Run the whole pipeline on the small rendered data set
	@$(call run_workflow,config/config.yaml)

reproduce: $(READY) ## Reproduce the paper on what YouTube still has of its videos: hours of download, days of work
	@$(call run_workflow,config/paper.yaml,--configfile config/paper.yaml)

run: $(READY) ## Run any configuration: make run CONFIG=config/mine.yaml
	@[ -f '$(CONFIG)' ] || { echo 'error: no configuration file "$(CONFIG)": make run CONFIG=config/mine.yaml' >&2; exit 1; }
	$(call run_workflow,'$(CONFIG)',--configfile '$(CONFIG)')

export: $(READY) ## Put a run's detectors in one folder, for any video (CONFIG, else the demo's): docs/detection.md
	@$(call begin_run,$(OF_DEMO),--configfile $(OF_DEMO))
	python scripts/check_configuration.py --configfile $(OF_DEMO) --exported
	python -m snakemake --configfile $(OF_DEMO) $(WHERE) --quiet host progress -- dataset
	python -m snakemake --configfile $(OF_DEMO) $(WHERE) --quiet host progress -- detector
	python scripts/show_detector.py --configfile $(OF_DEMO)

FORECAST = --cores $(CORES) $(if $(GPU),--gpu $(GPU))

ADAPTATION = results/adaptations/$(basename $(notdir $(CONFIG)))

adapt: $(READY) ## Fine-tune the detector MODEL on your labelled videos (CONFIG), and say what that gained: docs/detection.md
	@[ -f '$(CONFIG)' ] || { echo 'error: no configuration file "$(CONFIG)": make adapt CONFIG=config/mine.yaml' >&2; exit 1; }
	$(take_lock)
	python scripts/write_adaptation.py '$(CONFIG)' --model '$(MODEL)' --output-dir '$(ADAPTATION)'
	$(call run_workflow,'$(ADAPTATION)/configuration.yaml',--configfile '$(ADAPTATION)/configuration.yaml')
	python -m snakemake --configfile '$(ADAPTATION)/configuration.yaml' $(WHERE) --quiet host progress -- detector
	python scripts/show_adaptation.py --configfile '$(ADAPTATION)/configuration.yaml'

# Folds by source are the figure of the card; those by person, of a run that differs in nothing else, are beside it.
STARTER = results/starter.yaml
BY_PERSON = results/starter_by_person.yaml
define configure_starter
[ -f "$$CLIPS/labels.csv" ] || { echo "error: no $$CLIPS/labels.csv: make starter CLIPS=folder" >&2; exit 1; }
$(take_lock)
made=(python scripts/write_configuration.py config/starter.yaml --set-text "dataset.videos_dir=$$CLIPS" --set-text "dataset.labels=$$CLIPS/labels.csv")
"$${made[@]}" --set detection.scores_beside=starter_by_person --output $(STARTER)
"$${made[@]}" --set run=starter_by_person --set segments.group_by=person --output $(BY_PERSON)
endef

starter: $(READY) ## Train the shipped detector anew, on a folder of videos with labels.csv: make starter CLIPS=folder
	@$(configure_starter)
	$(call run_workflow,$(BY_PERSON),--configfile $(BY_PERSON))
	python scripts/check_configuration.py --configfile $(STARTER)
	python -m snakemake --configfile $(STARTER) $(WHERE) --quiet host progress -- dataset
	python -m snakemake --configfile $(STARTER) $(WHERE)
	python -m snakemake --configfile $(STARTER) $(WHERE) --quiet host progress -- detector
	python scripts/ship_detector.py results/starter/detector detectors/starter

plan: $(READY) ## Say what a configuration takes: jobs, hours, downloads, disk (CONFIG, else the paper's); nothing is run
	@python scripts/describe_plan.py --configfile $(OF_PAPER) $(FORECAST)

why: $(READY) ## Say what would run now, why, and for how long (CONFIG, else the demo's); nothing is run
	@python scripts/explain_run.py --configfile $(OF_DEMO) $(FORECAST)

verify: $(READY) ## Check a run's results, file by file (CONFIG, else the demo), and say which command mends what is wrong
	@$(take_lock)
	python scripts/verify_results.py --configfile $(OF_DEMO)

# A killed run may have jobs left that still write; Snakemake's own lock tells of them, and of runs outside make.
clean-stale: $(READY) ## List what no run's configuration refers to any more (REMOVE=yes removes it; CONFIG instead of its run's own)
	@[ -z '$(filter-out yes,$(REMOVE))' ] || { echo 'error: REMOVE must be yes, or nothing, not "$(REMOVE)"' >&2; exit 1; }
	$(take_lock)
	if compgen -G '.snakemake/locks/*' > /dev/null; then
	    echo 'error: a run was killed, or goes on outside make: let it finish first (make run)' >&2
	    exit 1
	fi
	python scripts/clean_stale.py $(if $(CONFIG),--configfile '$(CONFIG)') $(if $(REMOVE),--remove)

# A mistyped path is said at once, not after the lock of a run of hours.
define check_of_paper
[ -f $(OF_PAPER) ] || { echo "error: no configuration file "$(OF_PAPER) >&2; exit 1; }
endef

attrition: $(READY) ## Show which videos are had, which are gone and why (CONFIG, else the paper's), also in mid-download
	@$(check_of_paper)
	python scripts/show_attrition.py --configfile $(OF_PAPER)

retry-downloads: $(READY) ## Ask again for videos that failed for a passing reason (CONFIG, else the paper's; STATUS)
	@$(check_of_paper)
	$(call begin_run,$(OF_PAPER),--configfile $(OF_PAPER))
	python scripts/retry_downloads.py --configfile $(OF_PAPER) --status $(STATUS)
	python -m snakemake --configfile $(OF_PAPER) --cores $(CORES) --quiet host progress -- downloads
	echo 'Start the run again to work on what came.'

upgrade-yt-dlp: $(READY) ## Take the newest yt-dlp into .venv, as YouTube changes faster than the lock
	@$(take_lock)
	python -m pip install --quiet --disable-pip-version-check --upgrade 'yt-dlp[default]'
	python -m yt_dlp --version

candidates: $(READY) ## Search YouTube for candidates, into a table for vetting: make candidates QUERY="maltese sign language"
	@$(check_of_paper)
	[ -n "$$QUERY" ] || { echo 'error: no QUERY: make candidates QUERY="maltese sign language"' >&2; exit 1; }
	python scripts/search_candidates.py --configfile $(OF_PAPER) --query "$$QUERY" --count $(COUNT)

refold: $(READY) ## Forget the folds of a run (CONFIG, else the demo): the next run assigns them anew
	@$(take_lock)
	python scripts/forget_folds.py --configfile $(OF_DEMO)

ui: $(READY) ## Browse the runs in MLflow
	@[ -f results/mlflow.db ] || { echo 'error: there is no results/mlflow.db yet: `make demo` makes it' >&2; exit 1; }
	if (: < /dev/tcp/127.0.0.1/$(PORT)) 2> /dev/null; then
	    echo "error: port $(PORT) is in use, perhaps by another make ui: end that, or take another port: make ui PORT=$$(($(PORT) + 1))" >&2
	    exit 1
	fi
	echo 'MLflow comes up at http://127.0.0.1:$(PORT)/#/experiments?workflowType=machine_learning in some seconds (Ctrl-C ends it)'
	export PYTHONWARNINGS=ignore MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false
	python -m mlflow ui --backend-store-uri sqlite:///results/mlflow.db --host 127.0.0.1 --port $(PORT) \
	    --workers 1 --uvicorn-opts '--log-level warning'

test: $(DEV_READY) ## Run the tests, a file at a time in each of WORKERS processes
	@python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

test-cluster: $(DEV_READY) ## Run the workflow on a Slurm of one node that the tests start: as root, with Debian's packages (docs/cluster.md)
	@python -m pytest -m '' tests/cluster

test-all: $(DEV_READY) ## Run all tests, also those that take hours: every row of docs/reruns.md, a hundred kills, more runs on Slurm
	@python -m pytest -m ''

bench: $(READY) ## Measure the stages beside the authors' procedure and the machine's limits, into docs/performance.md (STAGES)
	@$(take_lock)
	python benchmarks/measure_performance.py $(STAGES)

lint: $(DEV_READY) ## Check style and errors, nothing is changed
	@python -m ruff check .
	python -m ruff format --check .
	python -m snakefmt --check Snakefile rules
	python -m snakemake --lint

format: $(DEV_READY) ## Bring the code into the house style
	@python -m ruff check --fix-only .
	python -m ruff format .
	python -m snakefmt Snakefile rules

lock: ## Bring the locks and envs/ in line with requirements/*.in
	@export PATH='$(HOST_PATH)'
	$(find_python)
	$$python scripts/lock_requirements.py

check-lock: ## Check that the locks can be installed on every machine that they are for; it asks the package index
	@export PATH='$(HOST_PATH)'
	$(find_python)
	$$python scripts/lock_requirements.py --check

$(READY):
	@export PATH='$(HOST_PATH)'
	$(find_python)
	$(take_lock)
	echo 'Setting up .venv from $(LOCK) ($(SIZE)) ...'
	rm -rf .venv
	$$python -m venv .venv
	.venv/bin/$(PIP_INSTALL) -r $(LOCK)
	# The .venv that was here before may have had another Python.
	touch .venv/.$(EXTRA)-$$(.venv/bin/python -c '$(KIND)')-$(LOCKED)

$(DEV_READY): | $(READY)
	@$(take_lock)
	echo 'Adding the tools of requirements/dev.txt to .venv ...'
	rm -f .venv/.dev-*
	$(PIP_INSTALL) -r requirements/dev.txt
	touch $@
