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

UNIT_TESTS += platform
unit_platform_SRC := $(PLATFORM_SRC) $(wildcard l0/platform/tests/*.c)
unit_platform_INC := l0 l0/platform/tests $(PLATFORM_INC)
$(BUILD)/unit/platform.d/l0/platform/acpi.o: $(PLATFORM_GEN)
# The decoder's test reads the processor's own flags with PUSHF, which a red zone would not survive.
unit_platform_CFLAGS := -mno-red-zone
