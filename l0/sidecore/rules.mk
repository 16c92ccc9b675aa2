# SPDX-License-Identifier: Apache-2.0
# The loop of a CPU that polls, without the CPU.
UNIT_TESTS += poller
unit_poller_SRC := l0/sidecore/poller.c $(wildcard l0/sidecore/tests/*.c)
unit_poller_INC := l0
