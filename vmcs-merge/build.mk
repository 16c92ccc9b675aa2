# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += vmcs-merge
unit_vmcs-merge_SRC := $(wildcard vmcs-merge/*.c vmcs-merge/tests/*.c)
# By -iquote, so that <check.h> stays the test framework's.
unit_vmcs-merge_CFLAGS := -iquote vmcs-merge -iquote vmcs-merge/tests

# The benchmark runs on the tests' VMCS, an array.
BENCHES += vmcs-merge
bench_vmcs-merge_SRC := $(wildcard vmcs-merge/*.c) vmcs-merge/bench/bench.c vmcs-merge/tests/base.c
bench_vmcs-merge_INC := vmcs-merge vmcs-merge/tests
