# SPDX-License-Identifier: Apache-2.0
# Test guests: NAME.c or NAME/*.c here, linked with lib/ to .build/guests/NAME.elf (multiboot 1).
GUEST_DIR := l0/tests/guests
GUEST_OUT := $(BUILD)/guests

GUESTS := $(basename $(notdir $(wildcard $(GUEST_DIR)/*.c))) \
	$(filter-out lib low,$(patsubst $(GUEST_DIR)/%/,%,$(wildcard $(GUEST_DIR)/*/)))

# Long-mode code without any register that an interrupt would have to save.
GUEST_CFLAGS := -std=gnu11 -O2 -g -ffile-prefix-map=$(CURDIR)=. $(WARN) -ffreestanding -fno-pic -fno-pie -mcmodel=small \
	-mno-red-zone -mgeneral-regs-only -fno-stack-protector -fcf-protection=none \
	-fno-asynchronous-unwind-tables -fno-toplevel-reorder -fno-omit-frame-pointer -MMD -MP -I$(GUEST_DIR)/lib

guest_objects = $(patsubst $(GUEST_DIR)/%,$(GUEST_OUT)/obj/%.o,$(wildcard $(1)))
GUEST_SMP := $(call guest_objects,$(addprefix $(GUEST_DIR)/lib/,peers.c smp.c trampoline.S))
GUEST_EVMCS := $(call guest_objects,$(GUEST_DIR)/lib/evmcs.c)
GUEST_IO := $(call guest_objects,$(addprefix $(GUEST_DIR)/lib/,pci.c engine.c messages.c vtd.c vtd_events.c))
GUEST_LIB := $(filter-out $(GUEST_SMP) $(GUEST_EVMCS) $(GUEST_IO),$(call guest_objects,$(GUEST_DIR)/lib/*.S $(GUEST_DIR)/lib/*.c))

$(GUEST_OUT)/obj/%.c.o: $(GUEST_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -c -o $@ $<

$(GUEST_OUT)/obj/%.S.o: $(GUEST_DIR)/%.S
	@mkdir -p $(@D)
	$(CC) $(GUEST_CFLAGS) -c -o $@ $<

# Guests of several processors.
GUEST_WITH_smp-bare := $(GUEST_SMP)
GUEST_WITH_vmx-smp := $(GUEST_SMP)
GUEST_WITH_vmx-race := $(GUEST_SMP) $(GUEST_EVMCS)
GUEST_WITH_vmx-evmcs := $(GUEST_EVMCS)

# Guests that drive devices and the IOMMU.
GUEST_WITH_iommu := $(GUEST_IO) $(GUEST_SMP)
GUEST_WITH_bad-guest-dma := $(GUEST_IO) $(GUEST_SMP)
GUEST_WITH_priorities := $(GUEST_IO) $(GUEST_SMP)
GUEST_WITH_vmx-l2 := $(GUEST_IO) $(GUEST_SMP)
GUEST_WITH_vmx-apicv := $(GUEST_IO) $(GUEST_SMP)
GUEST_WITH_idt := $(GUEST_IO) $(GUEST_SMP)
GUEST_WITH_direct := $(GUEST_IO) $(GUEST_SMP)
GUEST_WITH_direct-l2 := $(GUEST_IO) $(GUEST_SMP)
GUEST_WITH_threats := $(GUEST_IO) $(GUEST_SMP)

# What a guest brings itself instead of the library's.
GUEST_WITHOUT_multiboot2 := $(call guest_objects,$(GUEST_DIR)/lib/multiboot1.S)

# A multiboot loader wants a 32-bit ELF file; the code inside stays 64-bit.
define guest_rule
guest_$(1)_OBJ := $$(filter-out $$(GUEST_WITHOUT_$(1)),$$(GUEST_LIB)) $$(GUEST_WITH_$(1)) $$(call guest_objects,$$(addprefix $$(GUEST_DIR)/$(1),.c /*.c /*.S))
$$(GUEST_OUT)/$(1).elf: $$(guest_$(1)_OBJ) $$(GUEST_DIR)/lib/guest.ld
	$$(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,--no-warn-rwx-segments -T $$(GUEST_DIR)/lib/guest.ld -o $$@.64 $$(guest_$(1)_OBJ)
	objcopy -O elf32-i386 $$@.64 $$@
-include $$(guest_$(1)_OBJ:.o=.d)
endef
$(foreach g,$(GUESTS),$(eval $(call guest_rule,$(g))))

# This one shares nothing with the others: 32-bit code that runs where it was not linked.
GUEST_LOW := $(GUEST_OUT)/low.elf
$(GUEST_LOW): $(wildcard $(GUEST_DIR)/low/*)
	@mkdir -p $(@D)
	$(CC) $(filter-out -mcmodel=small -mno-red-zone -fno-pic -fno-pie -MMD -MP,$(GUEST_CFLAGS)) -m32 -fpie \
		-fvisibility=hidden -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--no-warn-rwx-segments \
		-Wl,-z,max-page-size=4096 -T $(GUEST_DIR)/low/low.ld -o $@ $(GUEST_DIR)/low/start.S $(GUEST_DIR)/low/low.c

.PHONY: guests
guests: $(GUESTS:%=$(GUEST_OUT)/%.elf) $(GUEST_LOW)
