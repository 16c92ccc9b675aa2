# SPDX-License-Identifier: Apache-2.0
# The devices on the platform's own bus, with a driver written from the specification. What
# l0/platform/rules.mk says is read after this file.
DEVICES_SRC := $(wildcard l0/devices/*.c l0/devices/net/*.c l0/devices/virtio/*.c)

UNIT_TESTS += devices
unit_devices_SRC = $(DEVICES_SRC) $(PLATFORM_SRC) $(PLATFORM_ALONE) $(wildcard l0/devices/tests/*.c)
unit_devices_INC = l0 l0/devices/tests $(PLATFORM_INC)
$(BUILD)/unit/devices.d/l0/platform/acpi.o: $(BUILD)/gen/platform/dsdt.inc

FUZZERS += devices
fuzz_devices_SRC = $(DEVICES_SRC) $(PLATFORM_SRC) $(PLATFORM_ALONE) $(wildcard l0/devices/tests/fuzz/*.c) \
	$(addprefix l0/devices/tests/,fuzz_test.c host.c driver.c net_pair.c)
fuzz_devices_INC = $(unit_devices_INC)
fuzz_devices_RUNS := 3000
$(BUILD)/fuzz/devices.d/l0/platform/acpi.o: $(BUILD)/gen/platform/dsdt.inc
