# SPDX-License-Identifier: Apache-2.0
# For l0/build.mk: the sources, and the include path of what is generated.
PLATFORM_SRC := $(wildcard l0/platform/*.c)
PLATFORM_GEN := $(BUILD)/gen/platform/dsdt.inc
PLATFORM_INC := $(BUILD)/gen

# iasl's own C output differs between versions, its AML does not: od turns that into an initialiser.
$(BUILD)/gen/platform/dsdt.inc: l0/platform/dsdt.asl
	@mkdir -p $(@D)
	iasl -vs -we -p $(@D)/dsdt $< >$(@D)/dsdt.log || { cat $(@D)/dsdt.log; exit 1; }
	od -An -v -tx1 $(@D)/dsdt.aml | sed 's/ \(..\)/ 0x\1,/g' >$@

# Surroundings for tests and benchmarks that look at few of them or none.
PLATFORM_ALONE := l0/platform/tests/alone/alone.c

UNIT_TESTS += platform
unit_platform_SRC := $(PLATFORM_SRC) $(wildcard l0/platform/tests/*.c)
unit_platform_INC := l0 l0/platform/tests $(PLATFORM_INC)
$(BUILD)/unit/platform.d/l0/platform/acpi.o: $(PLATFORM_GEN)
# The decoder's test reads the processor's own flags with PUSHF, which a red zone would not survive.
unit_platform_CFLAGS := -mno-red-zone

# What several CPUs share, with threads for CPUs: ThreadSanitizer excludes the address sanitizer, so it
# takes that one's place here and at the link.
UNIT_TESTS += platform-threads
unit_platform-threads_SRC := $(PLATFORM_SRC) l0/lib/string.c $(PLATFORM_ALONE) $(wildcard l0/platform/tests/threads/*.c)
unit_platform-threads_INC := l0/platform/tests/threads/host l0 $(PLATFORM_INC)
unit_platform-threads_CFLAGS := -fno-sanitize=address -fsanitize=thread
unit_platform-threads_LIBS := -fno-sanitize=address -fsanitize=thread
$(BUILD)/unit/platform-threads.d/l0/platform/acpi.o: $(PLATFORM_GEN)
