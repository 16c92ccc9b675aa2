# SPDX-License-Identifier: Apache-2.0
# A guest's memory, on the mock VMCS of vmcs-merge's tests: pages and segments beside a model.
UNIT_TESTS += memory
unit_memory_SRC := $(wildcard l0/memory/tests/*.c ept-compose/ept_*.c) \
	l0/memory/guest_memory.c l0/memory/paging.c l0/memory/segment.c l0/memory/ram.c
unit_memory_INC := l0
unit_memory_CFLAGS := $(addprefix -iquote ,vmcs-merge/tests l0/memory vmcs-merge ept-compose)
