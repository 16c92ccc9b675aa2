# SPDX-License-Identifier: Apache-2.0
# The harness. libperf comes from the cache when set-up could build it (setup/libperf.sh).
harness_DIR := experiments
harness_BUILD := $(BUILD)/experiments
harness_PERF := $(CACHE)/libperf
harness_HAS_PERF := $(wildcard $(harness_PERF)/stamp)
harness_COUNTERS := $(if $(harness_HAS_PERF),counters.c,counters_none.c)
harness_SRC := $(filter-out experiments/counters%.c,$(wildcard experiments/*.c experiments/engines/*.c)) \
	experiments/$(harness_COUNTERS)
harness_OBJ := $(harness_SRC:experiments/%.c=$(harness_BUILD)/%.o)
harness_LIBS := $(if $(harness_HAS_PERF),$(harness_PERF)/lib/libperf.a $(harness_PERF)/lib/libapi.a) \
	-ljansson -lmd -lutil -lm

$(harness_BUILD)/%.o: experiments/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -D_GNU_SOURCE -Iexperiments $(if $(harness_HAS_PERF),-isystem $(harness_PERF)/include) -c -o $@ $<
$(harness_BUILD)/testudo: $(harness_OBJ)
	$(CC) $(HOST_CFLAGS) -o $@ $(harness_OBJ) $(harness_LIBS)

.PHONY: harness
harness: $(harness_BUILD)/testudo
-include $(harness_OBJ:.o=.d)

UNIT_TESTS += experiments
unit_experiments_SRC := $(addprefix experiments/,bars.c cells.c channel.c charge.c complain.c csv.c comparison.c goals.c histogram.c knobs.c levels.c matrix.c \
	measurement.c options.c page.c paths.c peer.c pick.c profile.c profile_tables.c result.c scratch.c show.c side_by_side.c symbols.c \
	tables.c template.c terminal.c variants.c) \
	$(wildcard experiments/tests/unit/*.c)
unit_experiments_INC := experiments
unit_experiments_CFLAGS := -D_GNU_SOURCE
unit_experiments_LIBS := -ljansson
