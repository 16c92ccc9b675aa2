# SPDX-License-Identifier: Apache-2.0
# The bits of VMX words are vmcs-merge's, which has a check.h beside the test framework's: -iquote.
UNIT_TESTS += eli
unit_eli_SRC := $(wildcard eli/*.c eli/tests/*.c)
unit_eli_CFLAGS := -iquote eli -iquote eli/tests -iquote vmcs-merge

FUZZERS += eli
fuzz_eli_SRC := $(wildcard eli/*.c eli/tests/fuzz/*.c) $(addprefix eli/tests/,apic.c cpu.c host.c memory.c world.c)
fuzz_eli_INC := eli eli/tests vmcs-merge
fuzz_eli_RUNS := 2000

BENCHES += eli
bench_eli_SRC := $(wildcard eli/*.c eli/bench/*.c)
bench_eli_INC := eli vmcs-merge
