# SPDX-License-Identifier: MIT
# A thin front end for the CMake presets.
STEPS   := step1 step2 step3 step4 step5
CHECKS  := $(STEPS:step%=check%)
SUDO    := $(if $(filter 0,$(shell id -u)),,sudo)
PREFIX  ?= /usr/local
JOBS    := $(shell nproc)
TESTS_AT_ONCE := $(shell echo $$(($(JOBS) * 3 / 2)))  # a test mostly waits
SOURCES  = $(shell find bench steps final tests -name '*.[ch]pp' | sort)

WORKSHOP_CHECKS := $(STEPS:step%=workshop-check%)
.PHONY: help deps doctor $(STEPS) $(CHECKS) final check-final demo bench install test \
        test-v2 fuzz format lint clean workshop $(WORKSHOP_CHECKS) workshop-final book \
        exercises wrong
.NOTPARALLEL:

help:
	@echo 'make deps            install the packages needed to build and run'
	@echo 'make doctor          report what this machine can run, and how to fix the rest'
	@echo 'make demo            install packages, build (two minutes) and run the demo'
	@echo 'make step1 … step5   build a step; then: sudo ./step1'
	@echo 'make check1 … check5 build a step, and prove its facts in a throw-away host'
	@echo 'make workshop        copy the steps to workshop/, for you to write the essentials'
	@echo 'make workshop-check1 … workshop-check5, workshop-final   check your version'
	@echo 'make final           build the runtime; then: sudo ./zoomin help'
	@echo 'make check-final     prove the facts of the runtime in a throw-away host'
	@echo 'make bench           compare zoomin with bare system calls and other runtimes'
	@echo 'make book            build a web site of the chapters, in build/book'
	@echo 'make install         install zoomin in $(PREFIX)'
	@echo 'make test            install the packages for tests, build and test everything'
	@echo 'make exercises       do the exercises of the chapters, following the answers'
	@echo 'make wrong           measure which wrong implementations the checks catch'
	@echo 'make test-v2         run all tests of the runtime on cgroup version 2, in a VM'
	@echo 'make fuzz            fuzz each parser with libFuzzer for a minute'
	@echo 'make format          format the sources'
	@echo 'make lint            check the sources with clang-format and clang-tidy'
	@echo 'make clean           remove everything that was built'

deps:
	@scripts/deps

doctor:
	@scripts/doctor

$(STEPS):
	@scripts/deps --check
	@scripts/configure release >/dev/null
	@cmake --build --preset release --target $@
	@ln -sfn build/release/$@ $@

$(CHECKS): check%: step%
	$(SUDO) ./step$* --self-check

workshop:
	@scripts/workshop make

$(WORKSHOP_CHECKS): workshop-check%:
	@scripts/deps --check
	@scripts/workshop check $*

# Builds the runtime on the learner's modules, and runs its tests.
workshop-final:
	@scripts/deps --test
	@scripts/workshop final

final:
	@scripts/deps --check
	@scripts/configure release >/dev/null
	@cmake --build --preset release --target zoomin
	@ln -sfn build/release/zoomin zoomin

# FLAGS are options of `zoomin run`, such as --privileged.
check-final: final
	@cmake --build --preset release --target final_check
	$(SUDO) build/release/final_check $(FLAGS)

# The estimate is for a processor that takes 3.2 seconds for each compilation, of several
# sources, on average.
demo:
	@scripts/deps
	@scripts/configure release >/dev/null
	@[ -e build/release/zoomin ] || { \
	  count=$$(ninja -C build/release -t commands zoomin | grep -c ' -c '); \
	  minutes=$$(((count * 16 / 5 / $(JOBS) + 59) / 60)); \
	  [ $$minutes = 1 ] && unit=minute || unit=minutes; \
	  echo "Compiling on $(JOBS) processors: this takes about $$minutes $$unit"; }
	@$(MAKE) --no-print-directory final
	@scripts/demo

# If a browser is installed, it checks every page.
book:
	@scripts/deps --book
	@scripts/book
	@! command -v chromedriver >/dev/null || tests/book/check build/book

bench: final
	@cmake --build --preset release --target floor
	$(SUDO) bench/run
	$(SUDO) bench/images

install: final
	$(SUDO) cmake --install build/release --prefix $(PREFIX)

# A build directory that `make demo` has configured keeps its flags, because other flags
# would compile everything again.
NEW_BUILD = $(if $(wildcard build/release/CMakeCache.txt),,-DZOOMIN_WERROR=ON)
test:
	@scripts/deps --test
	scripts/configure release $(NEW_BUILD)
	cmake --build --preset release
	$(SUDO) ctest --preset release -j $(TESTS_AT_ONCE)
	scripts/configure asan -DZOOMIN_WERROR=ON
	cmake --build --preset asan
	$(SUDO) ctest --preset asan -j $$(($(JOBS) * 5 / 2))

# Runs all of the runtime's tests on cgroup version 2, even if this machine has version 1.
# This takes most of an hour.
test-v2:
	@scripts/deps --test
	scripts/configure release
	cmake --build --preset release
	tests/vm/run --seconds 7200 --memory 2560 tests/vm/runtime $(CURDIR)/build/release

# Does each exercise of the chapters, on an overlay of the tree. This takes some minutes.
exercises:
	@scripts/deps --test
	cmake --preset release
	cmake --build --preset release --target $(STEPS) docs_test
	$(SUDO) tests/exercises/run

# Changes one source of a step after another as a learner might, and looks at the verdicts
# of the self-checks. This takes about ten minutes, and three for version 2 of cgroups.
wrong:
	@scripts/deps --test
	cmake --preset release
	cmake --build --preset release --target $(STEPS)
	$(SUDO) tests/wrong/run
	$(SUDO) tests/wrong/run --vm

# FUZZ_SECONDS=600 runs each fuzzer for ten minutes.
fuzz:
	@scripts/deps --fuzz
	tests/fuzz/run

format:
	@scripts/deps --lint
	clang-format -i $(SOURCES)

lint:
	@scripts/deps --test --lint
	clang-format --dry-run -Werror $(SOURCES)
	@cmake --preset release -B build/lint -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
	@cmake --build build/lint --target default_filter
	sed -n 's/^ *"file": "\(.*\)".*/\1/p' build/lint/compile_commands.json | sort -u | \
	  xargs -P $(JOBS) -n 1 clang-tidy -p build/lint --quiet \
	    --extra-arg=-Wno-unknown-warning-option

BUILDS := $(addprefix build/,release debug asan fuzz lint workshop workshop-test \
  book book.staging mermaid mkdocs.yml)
# Tests run as root, and may leave files that only root can remove.
clean:
	rm -rf $(BUILDS) 2>/dev/null || $(SUDO) rm -rf $(BUILDS)
	rm -f $(STEPS) zoomin
	-@rmdir build 2>/dev/null || true
