# SPDX-License-Identifier: Apache-2.0
# The device on the real bus and beside the real switch, with a driver of the test's own.
UNIT_TESTS += e1000
unit_e1000_SRC := $(wildcard l0/devices/e1000/*.c l0/devices/e1000/tests/*.c l0/devices/net/*.c) \
	$(PLATFORM_SRC) $(PLATFORM_ALONE)
unit_e1000_INC := l0 l0/devices/e1000/tests $(PLATFORM_INC)
$(BUILD)/unit/e1000.d/l0/platform/acpi.o: $(PLATFORM_GEN)
