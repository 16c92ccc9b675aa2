# SPDX-License-Identifier: Apache-2.0
# The device beside the real switch, with a bus and a driver of the test's own.
UNIT_TESTS += e1000
unit_e1000_SRC := $(wildcard l0/devices/e1000/*.c l0/devices/e1000/tests/*.c l0/devices/net/*.c)
unit_e1000_INC := l0 l0/devices/e1000/tests
