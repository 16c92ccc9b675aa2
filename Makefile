# SPDX-License-Identifier: Apache-2.0
# The two commands are `make demo` and `make check`; `make help` names the rest.
BUILD := .build
CACHE := $(or $(TESTUDO_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/testudo)

WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef -Wconversion
# No path of this tree in what is built: some of it goes into the images, which are the same anywhere.
HOST_CFLAGS := -std=gnu11 -g -O2 $(WARN) -ffile-prefix-map=$(CURDIR)=. -MMD -MP
# Unit tests run under the sanitizers; a report is a failure, never a remark.
TEST_CFLAGS := $(HOST_CFLAGS) -fsanitize=address,undefined -fno-sanitize-recover=all
TEST_LIBS := -lcheck -lsubunit -lm -lrt -lpthread

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UNIT_TESTS :=
BENCHES :=
FUZZERS :=
include $(wildcard */build.mk)

# $(call unit_rule,NAME): one test program from unit_NAME_SRC, its headers from unit_NAME_INC.
define unit_rule
unit_$(1)_OBJ := $$(patsubst %.c,$(BUILD)/unit/$(1).d/%.o,$$(unit_$(1)_SRC))
$(BUILD)/unit/$(1).d/%.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(TEST_CFLAGS) $$(unit_$(1)_CFLAGS) $$(addprefix -I,$$(unit_$(1)_INC)) -c -o $$@ $$<
$(BUILD)/unit/$(1): $$(unit_$(1)_OBJ)
	$$(CC) $$(TEST_CFLAGS) -o $$@ $$^ $$(TEST_LIBS) $$(unit_$(1)_LIBS)
.PHONY: unit-$(1)
unit-$(1): $(BUILD)/unit/$(1)
	$$<
-include $$(unit_$(1)_OBJ:.o=.d)
endef
$(foreach t,$(UNIT_TESTS),$(eval $(call unit_rule,$(t))))

# $(call fuzz_rule,NAME): libFuzzer on fuzz_NAME_SRC: fuzz_NAME_RUNS inputs, the same in each run.
FUZZ_CFLAGS := -std=gnu11 -g -O1 -MMD -MP -Iexperiments/tests/fuzz -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all
define fuzz_rule
fuzz_$(1)_OBJ := $$(patsubst %.c,$(BUILD)/fuzz/$(1).d/%.o,$$(fuzz_$(1)_SRC))
$(BUILD)/fuzz/$(1).d/%.o: %.c
	@mkdir -p $$(@D)
	clang $$(FUZZ_CFLAGS) $$(addprefix -I,$$(fuzz_$(1)_INC)) -c -o $$@ $$<
$(BUILD)/fuzz/$(1): $$(fuzz_$(1)_OBJ)
	clang $$(FUZZ_CFLAGS) -o $$@ $$^
.PHONY: fuzz-$(1)
fuzz-$(1): $(BUILD)/fuzz/$(1)
	$$< -seed=1 -runs=$$(fuzz_$(1)_RUNS) -max_len=4096 -len_control=0 -artifact_prefix=$$<-
-include $$(fuzz_$(1)_OBJ:.o=.d)
endef
$(foreach t,$(FUZZERS),$(eval $(call fuzz_rule,$(t))))

# $(call bench_rule,NAME): one benchmark program, optimised as L0 is, without sanitizers.
define bench_rule
bench_$(1)_OBJ := $$(patsubst %.c,$(BUILD)/bench/$(1).d/%.o,$$(bench_$(1)_SRC))
$(BUILD)/bench/$(1).d/%.o: %.c
	@mkdir -p $$(@D)
	$$(CC) $$(HOST_CFLAGS) $$(addprefix -I,$$(bench_$(1)_INC)) -c -o $$@ $$<
$(BUILD)/bench/$(1): $$(bench_$(1)_OBJ)
	$$(CC) $$(HOST_CFLAGS) -o $$@ $$^
.PHONY: bench-$(1)
bench-$(1): $(BUILD)/bench/$(1)
	$$<
-include $$(bench_$(1)_OBJ:.o=.d)
endef
$(foreach t,$(BENCHES),$(eval $(call bench_rule,$(t))))

.PHONY: help setup all benches demo check check-long check-system unit fuzz bench format format-check clean
help:
	@echo 'make demo    set up, boot L0, L1 and L2, measure, print the table'
	@echo 'make check   set up and run every test but the long ones'
	@echo 'make check-long [T=NAME]           set up and run the long ones'
	@echo 'make unit    unit tests alone      make bench   library benchmarks'
	@echo 'make fuzz    libFuzzer, for seconds'
	@echo 'make all     build everything      make setup   packages and engine alone'
	@echo 'make check-system [T=NAME]         system tests, or those with NAME in their name'
	@echo 'make format  lay out the sources   make clean   remove $(BUILD)/'

setup:
	@experiments/setup/setup.sh
	@experiments/setup/libperf.sh

all: l0 harness micro guests images

# Nobody runs them in a check, which builds them all the same: what has rotted shows there.
benches: $(addprefix $(BUILD)/bench/,$(BENCHES))

# Set-up may bring what the variables above look for, so what follows it is a make of its own.
demo: setup
	@$(MAKE) -s -j2 all
	@./testudo run exit-multiplication

check: setup
	@$(MAKE) -s format-check
	@$(MAKE) -s -j2 all benches
	@FUZZERS='$(FUZZERS)' experiments/tests/check.sh $(UNIT_TESTS)

check-system:
	@$(MAKE) -s -j2 all
	@./testudo check-system $(T)

# What takes longer than check may: before a release.
check-long: setup
	@$(MAKE) -s -j2 all
	@./testudo check-system --long $(T)

FORMATTED := git ls-files '*.c' '*.h' | xargs
format:
	@$(FORMATTED) clang-format -i
format-check:
	@$(FORMATTED) clang-format --dry-run --Werror

unit: $(addprefix unit-,$(UNIT_TESTS))
fuzz: $(addprefix fuzz-,$(FUZZERS))
bench: $(addprefix bench-,$(BENCHES))

clean:
	rm -rf $(BUILD)
