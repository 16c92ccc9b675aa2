# SPDX-License-Identifier: Apache-2.0
# The loaders read what a user names as L1: their unit test gives them headers that lie.
UNIT_TESTS += load
unit_load_SRC := $(wildcard l0/load/*.c l0/load/tests/*.c) l0/memory/ram.c
unit_load_INC := l0
unit_load_CFLAGS := -iquote vmcs-merge -iquote ept-compose
