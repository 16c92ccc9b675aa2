# SPDX-License-Identifier: Apache-2.0
# The harness, a folder for each of its rooms (experiments/rooms).
# libperf comes from the cache when set-up could build it (setup/libperf.sh).
harness_DIR := experiments
harness_BUILD := $(BUILD)/experiments
harness_PERF := $(CACHE)/libperf
harness_HAS_PERF := $(wildcard $(harness_PERF)/stamp)
harness_COUNTERS := experiments/engines/$(if $(harness_HAS_PERF),counters.c,counters_none.c)
harness_SRC := $(filter-out experiments/engines/counters%.c,$(wildcard experiments/*/*.c)) $(harness_COUNTERS)
harness_OBJ := $(harness_SRC:experiments/%.c=$(harness_BUILD)/%.o)
harness_LIBS := $(if $(harness_HAS_PERF),$(harness_PERF)/lib/libperf.a $(harness_PERF)/lib/libapi.a) \
	-ljansson -lmd -lutil -lm -l:libz.a

$(harness_BUILD)/%.o: experiments/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -D_GNU_SOURCE -Iexperiments $(if $(harness_HAS_PERF),-isystem $(harness_PERF)/include) -c -o $@ $<
$(harness_BUILD)/testudo: $(harness_OBJ)
	$(CC) $(HOST_CFLAGS) -o $@ $(harness_OBJ) $(harness_LIBS)

.PHONY: harness
harness: $(harness_BUILD)/testudo
-include $(harness_OBJ:.o=.d)

UNIT_TESTS += experiments
# All but what starts processes: that is tested by tests/cli.sh and the system tests.
unit_experiments_SRC := $(wildcard experiments/lib/*.c experiments/tables/*.c experiments/tests/unit/*.c) \
	$(addprefix experiments/,cli/options.c engines/stamp.c engines/template.c engines/terminal.c machine/charge.c machine/disk.c machine/kernel.c \
	machine/knobs.c machine/variants.c report/headlines.c report/html.c report/rows.c run/peer.c)
unit_experiments_INC := experiments
unit_experiments_CFLAGS := -D_GNU_SOURCE
unit_experiments_LIBS := -ljansson -l:libz.a
