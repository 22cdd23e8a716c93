# SPDX-License-Identifier: MIT
# A thin face of the CMake presets: each target says in one line what CMake is asked.
STEPS   := step1 step2 step3 step4 step5
CHECKS  := $(STEPS:step%=check%)
SUDO    := $(if $(filter 0,$(shell id -u)),,sudo)
PREFIX  ?= /usr/local
JOBS    := $(shell nproc)
SOURCES  = $(shell find bench steps final tests -name '*.[ch]pp' | sort)

.PHONY: help deps doctor $(STEPS) $(CHECKS) final demo bench install test test-v2 \
        format lint clean
.NOTPARALLEL:

help:
	@echo 'make deps            installs what building and running need'
	@echo 'make doctor          tells what this machine can run, and what to do'
	@echo 'make demo            installs, builds (some minutes), and shows it all'
	@echo 'make step1 … step5   builds a step; then: sudo ./step1'
	@echo 'make check1 … check5 builds a step and proves its facts, in a throw-away host'
	@echo 'make final           builds the runtime; then: sudo ./zoomin help'
	@echo 'make bench           zoomin, the kernel below it and its peers, in one run'
	@echo 'make install         puts zoomin below $(PREFIX)'
	@echo 'make test            installs what tests need, builds and tests everything'
	@echo 'make test-v2         all tests of the runtime on cgroup version 2, in a machine'
	@echo 'make format          formats the sources'
	@echo 'make lint            holds the sources against clang-format and clang-tidy'
	@echo 'make clean           removes what was built'

deps:
	@scripts/deps

doctor:
	@scripts/doctor

$(STEPS):
	@scripts/deps --check
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target $@
	@ln -sfn build/release/$@ $@

$(CHECKS): check%: step%
	$(SUDO) ./step$* --self-check

final:
	@scripts/deps --check
	@cmake --preset release >/dev/null
	@cmake --build --preset release --target zoomin
	@ln -sfn build/release/zoomin zoomin

demo:
	@scripts/deps
	@$(MAKE) --no-print-directory final
	@scripts/demo

bench: final
	@cmake --build --preset release --target floor
	$(SUDO) bench/run

install: final
	$(SUDO) cmake --install build/release --prefix $(PREFIX)

# A build that `make demo` has begun goes on as it is: with other flags all of it would be
# compiled anew.
NEW_BUILD = $(if $(wildcard build/release/CMakeCache.txt),,-DZOOMIN_WERROR=ON)
test:
	@scripts/deps --test
	cmake --preset release $(NEW_BUILD)
	cmake --build --preset release
	$(SUDO) ctest --preset release -j $(JOBS)
	cmake --preset asan -DZOOMIN_WERROR=ON
	cmake --build --preset asan
	$(SUDO) ctest --preset asan -j $(JOBS)

# Each of the runtime's tests on version 2, whatever this machine has: most of an hour.
test-v2:
	@scripts/deps --test
	cmake --preset release
	cmake --build --preset release
	tests/vm/run --seconds 7200 --memory 2560 tests/vm/runtime $(CURDIR)/build/release

format:
	@scripts/deps --lint
	clang-format -i $(SOURCES)

lint:
	@scripts/deps --test --lint
	clang-format --dry-run -Werror $(SOURCES)
	@cmake --preset release >/dev/null
	printf '%s\n' $(filter %.cpp,$(SOURCES)) | \
	  xargs -P $(JOBS) -n 1 clang-tidy -p build/release --quiet \
	    --extra-arg=-Wno-unknown-warning-option

# Tests run as root, and may leave files that only root can remove.
clean:
	rm -rf build/release build/debug build/asan 2>/dev/null || \
	  $(SUDO) rm -rf build/release build/debug build/asan
	rm -f $(STEPS) zoomin
	-@rmdir build 2>/dev/null || true
