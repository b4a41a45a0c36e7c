# SPDX-License-Identifier: BSD-3-Clause
# The one entry for developers and CI. `make help` lists the targets.

PYTHON ?= python3
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CLANG ?= $(notdir $(shell command -v clang-19 || command -v clang || echo clang-19))
JOBS ?= $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

VENV := .venv
RUN := $(VENV)/bin/python -P
PIP := $(RUN) -m pip --disable-pip-version-check -qq install
# The environment of every Python run: one thread whichever BLAS numpy has, or
# statsmodels' numbers depend on the machine. -P above keeps the source folder,
# which has no compiled module, from shadowing the installed package.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONDONTWRITEBYTECODE := 1

PACKAGE := setup.py pyproject.toml MANIFEST.in $(wildcard include/*.h src/* \
  src/*/*.[ch] sarimax_c sarimax_c/*.py sarimax_c/*.pyi sarimax_c/*/*.py \
  sarimax_c/datasets/*)
CORE := $(filter-out src/python/%,$(wildcard src/*/*.c))
C_HEADERS := $(wildcard include/*.h src/*/*.h tests/c/*.h)
C_TESTS := $(wildcard tests/c/*/test_*.c)
C_STYLED := $(wildcard include/*.h src/*/*.[ch] tests/c/*.h tests/c/*/*.c \
  tests/exact/*.[ch] tests/fuzz/*.[ch] tests/tools/*.c)

# A C test build is named by its flags (BUILDS of setup.py) and compiler.
C_BUILD ?= release
C_DIR := build/c-$(C_BUILD)-$(notdir $(CC))
C_OBJECTS := $(CORE:src/%.c=$(C_DIR)/%.o)
C_PROGRAMS := $(C_TESTS:tests/c/%.c=$(C_DIR)/%)

# The compiler's leftovers: setuptools would put a stale one into the next wheel.
CLEAN_BUILD = rm -rf build/lib* build/temp* build/bdist* sarimax_c.egg-info

PYTEST := $(RUN) -m pytest -n $(JOBS) --maxprocesses 4
ASAN_SITE := build/asan
COVERAGE_SITE := build/coverage-site
# Also where an instrumented program or module is run by hand.
export LLVM_PROFILE_FILE ?= $(CURDIR)/build/coverage/%p.profraw
# The Python tests that reach what the C tests leave out.
COVERAGE_TESTS := tests/parity/test_statespace.py tests/parity/test_impute.py \
  tests/exact/test_exact_forecast.py tests/exact/test_auto.py \
  tests/python/test_early_gaps.py tests/python/test_imputation.py \
  tests/python/batch/test_impute.py
ASAN_RUN = env PYTHONPATH=$(CURDIR)/$(ASAN_SITE) \
  LD_PRELOAD="$$(gcc -print-file-name=libasan.so):$$(gcc -print-file-name=libubsan.so)" \
  UBSAN_OPTIONS=print_stacktrace=1
ASAN_OPTIONS_TESTS := detect_leaks=0:allocator_may_return_null=1
ASAN_OPTIONS_LEAKS := detect_leaks=1:fast_unwind_on_malloc=0
# Their time is that of statsmodels or of new processes, and others make their calls.
ASAN_LEAVES := python/dropin python/test_climb.py python/test_demo.py \
  python/test_engine.py python/test_saving.py python/test_statsmodels_engine.py \
  parity/test_harness.py safety/test_install.py safety/test_leaks.py

# Other machines: those that zig compiles for, and those that qemu runs.
PORTABLE := x86_64-linux-musl aarch64-linux-gnu aarch64-macos x86_64-windows-gnu
PORTABLE_TESTS := tests/c/batch/test_thread.c tests/c/batch/test_batch.c
EMULATED := aarch64 s390x
# Half of the emulators' time, and what it stops does not depend on the machine.
EMULATED_TESTS = $(filter-out %/test_stop_anywhere.c,$(C_TESTS))

# statsmodels 0.14 and the packages that use its classes; they want other versions of
# the rest as well.
USERS := .venv-users
USERS_RUN := $(USERS)/bin/python -P

.PHONY: help demo test suite users lint asan ubsan leaks tsan msan valgrind fuzz \
  fuzz-python analyze \
  coverage mutants marathon soak nightly bench constants law thresholds build dist \
  clean portable qemu wheel c-tests \
  c-programs fuzz-programs c-lint python-lint need-clang need-qemu
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/package $(VENV)/extra-plot ## fit real data, compare with statsmodels, draw a chart
	@$(RUN) -m sarimax_c.demo

test: $(VENV)/package $(VENV)/extra-test ## all tests: C, Python, parity, golden, safety, house
	@$(MAKE) --no-print-directory c-tests
	@$(PYTEST) tests --ignore=tests/users

suite: $(VENV)/package $(VENV)/extra-test ## statsmodels' own tests, on our classes and on patched ones
	@$(VENV)/bin/python tests/suite/run.py --jobs $(JOBS) subclass patch

users: $(USERS)/package ## drop-in and patch with statsmodels 0.14, pmdarima, sktime
	@$(USERS_RUN) -m pytest -n $(JOBS) --maxprocesses 4 -W default \
	  tests/python/dropin tests/users

lint: $(VENV)/package $(VENV)/extra-dev need-clang ## ruff, mypy, stubtest, clang-format, gcc and clang warnings
	@$(MAKE) --no-print-directory python-lint
	@$(MAKE) --no-print-directory c-lint
	@echo "lint: clean"

asan: $(ASAN_SITE)/package $(VENV)/extra-test ## C and Python tests under address + undefined sanitizers
	@$(MAKE) --no-print-directory c-tests C_BUILD=asan CC=gcc
	@$(MAKE) --no-print-directory leaks
	@ASAN_OPTIONS=$(ASAN_OPTIONS_TESTS) $(ASAN_RUN) \
	  $(PYTEST) -s -p no:cacheprovider tests/python tests/parity tests/golden tests/safety \
	  $(ASAN_LEAVES:%=--ignore=tests/%)

# gcc's thread sanitizer cannot live with randomised addresses.
tsan: ## C tests of the threads under the thread sanitizer
	@$(MAKE) --no-print-directory c-tests C_BUILD=tsan CC=gcc \
	  C_TESTS="$(wildcard tests/c/batch/test_*.c)" C_RUN="setarch -R"

coverage: $(COVERAGE_SITE)/package $(VENV)/extra-test ## lines and branches of the C core that tests reach: 100 %, 95 %
	@sh tests/tools/need.sh clang-19 llvm-19 libclang-rt-19-dev
	@rm -rf build/coverage
	@LLVM_PROFILE_FILE=$(CURDIR)/build/coverage/%p.profraw \
	  $(MAKE) --no-print-directory c-tests C_BUILD=coverage CC=clang-19
	@LLVM_PROFILE_FILE=$(CURDIR)/build/coverage/python-%p.profraw \
	  PYTHONPATH=$(CURDIR)/$(COVERAGE_SITE) $(PYTEST) -q $(COVERAGE_TESTS)
	@$(PYTHON) -B tests/tools/coverage.py build/coverage $(COVERAGE_SITE)/sarimax_c/_core*.so \
	  $(C_TESTS:tests/c/%.c=build/c-coverage-clang-19/%)

# The sanitizers that need a build of their own, on the C tests.
ubsan: ## C tests under clang's undefined behaviour sanitizer
	@sh tests/tools/need.sh clang-19 libclang-rt-19-dev
	@$(MAKE) --no-print-directory c-tests C_BUILD=ubsan CC=clang-19

msan: ## C tests under clang's memory sanitizer: nothing is read before it is written
	@sh tests/tools/need.sh clang-19 libclang-rt-19-dev
	@$(MAKE) --no-print-directory c-tests C_BUILD=msan CC=clang-19

leaks: $(ASAN_SITE)/package $(VENV)/extra-test ## every call and error path under the leak sanitizer
	@ASAN_OPTIONS=$(ASAN_OPTIONS_LEAKS) PYTHONMALLOC=malloc \
	  LSAN_OPTIONS=suppressions=tests/safety/lsan.supp:print_suppressions=0 \
	  $(ASAN_RUN) $(VENV)/bin/python tests/safety/repeat.py 20 >/dev/null
	@echo "leaks: none"

# Helgrind reads the threads' programs, memcheck all but the long ones.
valgrind: ## C tests under memcheck and helgrind
	@sh tests/tools/need.sh valgrind
	@$(MAKE) --no-print-directory c-programs C_BUILD=valgrind CC=gcc
	@sh tests/tools/valgrind.sh build/c-valgrind-gcc

analyze: ## gcc -fanalyzer, clang-tidy and cppcheck on the C core
	@sh tests/tools/need.sh gcc clang-tidy-19 cppcheck
	@$(PYTHON) -B tests/tools/analyze.py

fuzz: ## replay the fuzzer's corpus, then FUZZ_SECONDS=60 of new inputs
	@sh tests/tools/need.sh clang-19 libclang-rt-19-dev
	@$(MAKE) --no-print-directory -j $(JOBS) fuzz-programs C_BUILD=fuzz CC=clang-19
	@$(PYTHON) -B tests/fuzz/run.py $(FUZZ_DIR) --seconds $(FUZZ_SECONDS) \
	  --least $(FUZZ_LEAST)

fuzz-python: $(VENV)/package $(VENV)/extra-fuzz ## atheris on the Python functions, FUZZ_SECONDS=60
	@mkdir -p build/fuzz-python
	@$(RUN) tests/fuzz/fuzz_python.py -max_total_time=$(FUZZ_SECONDS) -max_len=600 \
	  -len_control=0 -artifact_prefix=build/fuzz-python/ >build/fuzz-python.log 2>&1 || { \
	  tail -30 build/fuzz-python.log; exit 1; }
	@tail -1 build/fuzz-python.log

mutants: ## twelve planted faults: the tests have to name each
	@sh tests/tools/need.sh clang-19 libclang-rt-19-dev
	@$(PYTHON) -B tests/tools/mutants.py

marathon: $(VENV)/package $(VENV)/extra-test ## random models against statsmodels and quad precision
	@$(RUN) tests/tools/marathon.py

soak: $(VENV)/package $(VENV)/extra-test ## 50,000 calls of every function: the process does not grow
	@mkdir -p build
	@$(VENV)/bin/python tests/safety/repeat.py 50000 --long >build/soak.log; \
	  status=$$?; tail -1 build/soak.log; exit $$status

# At most 90 minutes of two processors: the fuzzer on both, then a part on each, the
# longest first. Whatever they share is installed before.
NIGHTLY_FUZZ ?= 1200
NIGHTLY := valgrind msan qemu mutants soak fuzz-python:FUZZ_SECONDS=300 analyze marathon
nightly: $(VENV)/package $(VENV)/extra-test $(VENV)/extra-fuzz need-qemu ## what takes too long for each commit; ten million inputs to fuzz
	@sh tests/tools/need.sh gcc clang-19 libclang-rt-19-dev valgrind clang-tidy-19 cppcheck
	@MAKE="$(MAKE)" $(PYTHON) -B tests/tools/nightly.py --lanes $(JOBS) $(NIGHTLY) \
	  --first fuzz:FUZZ_SECONDS=$(NIGHTLY_FUZZ):FUZZ_LEAST=10000000

bench: $(VENV)/package $(VENV)/extra-bench ## benchmarks against statsmodels; BENCH="loglike" picks some
	@$(VENV)/bin/python -m benchmarks $(BENCH)

# The program includes kalman.c.
constants: $(C_OBJECTS) ## measure what constants of the core stand for
	@$(CC) @$(C_DIR)/flags tests/tools/constants.c \
	  $(filter-out $(C_DIR)/filter/kalman.o,$(C_OBJECTS)) -lm -pthread -o $(C_DIR)/constants
	@$(C_DIR)/constants

law: $(C_OBJECTS) $(VENV)/package $(VENV)/extra-test ## measure what the law of engine="auto" has to cover
	@$(CC) @$(C_DIR)/flags tests/tools/law.c \
	  $(filter-out $(C_DIR)/filter/accuracy.o $(C_DIR)/filter/loglike.o,$(C_OBJECTS)) \
	  -lm -pthread -o $(C_DIR)/law
	@$(RUN) tests/tools/law.py $(C_DIR)/law

thresholds: $(VENV)/package $(VENV)/extra-test ## errors and refusals of the exact engine with other constants
	@$(RUN) tests/tools/thresholds.py

build: $(VENV)/package ## the virtual environment with the package installed

dist: $(VENV)/package $(VENV)/extra-dev ## sdist and wheel in dist/
	@rm -rf dist && $(CLEAN_BUILD)
	@$(RUN) -m build --outdir dist . >build/dist.log 2>&1 || { cat build/dist.log; exit 1; }
	@$(CLEAN_BUILD) && ls dist

portable: $(VENV)/extra-portable ## the C core compiled for musl, macOS and Windows
	@for target in $(PORTABLE); do \
	  echo "zig cc: $$target, warnings as errors"; \
	  $(MAKE) --no-print-directory -j $(JOBS) c-programs CC="$(RUN) -m ziglang cc -target $$target" \
	    C_DIR=build/c-$$target C_TESTS="$(PORTABLE_TESTS)" || exit 1; \
	done
	@sh tests/c/run.sh $(PORTABLE_TESTS:tests/c/%.c=build/c-x86_64-linux-musl/%)

qemu: need-qemu ## C tests on emulated machines: aarch64, and s390x, which is big-endian
	@for machine in $(EMULATED); do \
	  echo "qemu: $$machine"; \
	  $(MAKE) --no-print-directory c-tests CC=$$machine-linux-gnu-gcc \
	    C_TESTS="$(EMULATED_TESTS)" \
	    EMULATOR="qemu-$$machine -L /usr/$$machine-linux-gnu" || exit 1; \
	done

wheel: $(VENV)/package $(VENV)/extra-wheel ## the Linux wheel with its SBOM, tested on every Python here
	@CC="$(CC)" $(RUN) tests/release/wheel.py $(PYTHONS)

clean: ## remove everything that the other targets made
	rm -rf $(VENV) $(USERS) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# ---- the package in its virtual environment ----------------------------------

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "sarimax_c needs Python 3.11 or later; $(PYTHON) is $$($(PYTHON) --version 2>&1)." \
	    "Name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import os, sys, sysconfig; \
	  sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' || { \
	  echo "Python.h is missing (Debian: apt-get install python3-dev)." >&2; exit 1; }
	@command -v $(CC) >/dev/null || { \
	  echo "There is no C compiler called $(CC) (Debian: apt-get install gcc)." >&2; exit 1; }
	@echo "Making the virtual environment $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "$(PYTHON) cannot make one (Debian: apt-get install python3-venv)." >&2; exit 1; }

$(VENV)/package: $(PACKAGE) $(VENV)/bin/python
	@echo "Building and installing sarimax_c"
	@$(CLEAN_BUILD) && $(PIP) . && $(CLEAN_BUILD)
	@touch $@

$(COVERAGE_SITE)/package: $(PACKAGE) $(VENV)/package
	@sh tests/tools/need.sh clang-19 llvm-19 libclang-rt-19-dev
	@echo "Building sarimax_c with counters"
	@rm -rf $(COVERAGE_SITE) && $(CLEAN_BUILD)
	@CC=clang-19 SARIMAX_C_BUILD=coverage $(PIP) --no-deps --target $(COVERAGE_SITE) . && $(CLEAN_BUILD)
	@touch $@

$(ASAN_SITE)/package: $(PACKAGE) $(VENV)/package
	@echo "Building sarimax_c with sanitizers"
	@rm -rf $(ASAN_SITE) && $(CLEAN_BUILD)
	@CC=gcc SARIMAX_C_BUILD=asan $(PIP) --no-deps --target $(ASAN_SITE) . && $(CLEAN_BUILD)
	@touch $@

# The packages of one extra of pyproject.toml, without building ours again.
$(VENV)/extra-%: pyproject.toml | $(VENV)/package
	@echo "Installing the packages of [$*]"
	@$(RUN) -c 'import tomllib; \
	  print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["$*"])' \
	  | xargs $(PIP)
	@touch $@

$(USERS)/package: $(PACKAGE) $(VENV)/package
	@echo "Installing sarimax_c and the packages of [users] in $(USERS)"
	@$(PYTHON) -m venv $(USERS)
	@$(CLEAN_BUILD) && $(USERS_RUN) -m pip --disable-pip-version-check -qq \
	  install ".[users]" && $(CLEAN_BUILD)
	@touch $@

# ---- C tests -----------------------------------------------------------------

c-programs: $(C_PROGRAMS)
	@:

c-tests:
	@$(MAKE) --no-print-directory -j $(JOBS) c-programs
	@$(C_RUN) sh tests/c/run.sh $(C_PROGRAMS)

$(C_DIR)/flags: setup.py
	@mkdir -p $(@D)
	@$(PYTHON) -B -c 'import setup; print(*setup.compile_flags("$(C_BUILD)"), "-Werror")' >$@

$(C_OBJECTS): $(C_DIR)/%.o: src/%.c $(C_HEADERS) $(C_DIR)/flags
	@mkdir -p $(@D)
	@$(CC) @$(C_DIR)/flags -c $< -o $@

$(C_PROGRAMS): $(C_DIR)/%: tests/c/%.c $(C_OBJECTS)
	@mkdir -p $(@D)
	@$(CC) @$(C_DIR)/flags -Itests/c $< $(C_OBJECTS) -lm -pthread -o $@

# ---- fuzzing -----------------------------------------------------------------

FUZZ_SECONDS ?= 60
FUZZ_LEAST ?= 0
FUZZ_DIR := build/c-fuzz-clang-19
FUZZ_PROGRAMS := $(patsubst tests/fuzz/%.c,$(FUZZ_DIR)/%,$(wildcard tests/fuzz/fuzz_*.c))

fuzz-programs: $(FUZZ_PROGRAMS)
	@:

$(FUZZ_DIR)/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz_case.h $(C_OBJECTS)
	@$(CC) @$(C_DIR)/flags -Itests/fuzz -fsanitize=fuzzer $< $(C_OBJECTS) -lm -pthread -o $@

# ---- lint --------------------------------------------------------------------

python-lint:
	@echo "ruff"
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/ruff format --quiet --check --diff .
	@echo "mypy, stubtest"
	@mkdir -p build
	@$(RUN) -m mypy --no-error-summary
	@$(RUN) -m mypy.stubtest --mypy-config-file pyproject.toml sarimax_c._core \
	  >build/stubtest.log 2>&1 || { \
	  cat build/stubtest.log; exit 1; }

# The package as it is shipped and the C tests, by both compilers, with -Werror.
c-lint:
	@echo "clang-format"
	@$(VENV)/bin/clang-format --dry-run -Werror $(C_STYLED)
	@for compiler in gcc $(CLANG); do \
	  echo "$$compiler: warnings as errors"; \
	  $(CLEAN_BUILD); \
	  CC=$$compiler SARIMAX_C_WERROR=1 $(RUN) -m pip --disable-pip-version-check -qq \
	    wheel --no-deps --wheel-dir build/wheel-$$compiler . || exit 1; \
	  $(MAKE) --no-print-directory -j $(JOBS) c-programs CC=$$compiler || exit 1; \
	done; $(CLEAN_BUILD)

need-qemu:
	@{ command -v qemu-s390x && command -v s390x-linux-gnu-gcc; } >/dev/null || \
	  sh tests/tools/need.sh qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross \
	    gcc-s390x-linux-gnu libc6-dev-s390x-cross

need-clang:
	@command -v $(CLANG) >/dev/null || sh tests/tools/need.sh $(CLANG)
