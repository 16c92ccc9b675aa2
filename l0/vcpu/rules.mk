# SPDX-License-Identifier: Apache-2.0
# What comes before a guest's next instruction is decided without a processor, and tried so.
UNIT_TESTS += events
unit_events_SRC := l0/vcpu/events_pick.c $(wildcard l0/vcpu/tests/*.c)
unit_events_INC := l0
# The libraries' headers for quotes alone: one of them has the name of libcheck's.
unit_events_CFLAGS := -iquote vmcs-merge
