# SPDX-License-Identifier: Apache-2.0
# The L0 image: the five libraries and everything here, one freestanding 64-bit program in a 32-bit
# ELF container, which is what multiboot 1 loaders take.
-include $(wildcard l0/*/rules.mk l0/devices/*/rules.mk) l0/tests/guests/rules.mk

L0_IMAGE := $(BUILD)/l0/testudo.elf
L0_ROOMS := boot devices/e1000 devices/machine devices/net devices/virtio handlers hw lib load loop measure memory nested platform \
	sidecore start vcpu
L0_SRC := $(wildcard l0/*.c $(L0_ROOMS:%=l0/%/*.c) vmcs-merge/*.c ept-compose/*.c viommu/*.c eli/*.c)
L0_ASM := $(wildcard $(L0_ROOMS:%=l0/%/*.S))
L0_OBJ := $(patsubst %,$(BUILD)/l0/%.o,$(L0_SRC) $(L0_ASM))
# One program to the optimiser: the path of an exit goes through the libraries. No SSE, so a stack
# slot is 8 bytes and needs no padding. Debug information (for the profile) names no place of the tree,
# so that the image has the same bytes wherever it is built.
L0_CFLAGS := -std=gnu11 -O2 -flto=1 -g $(WARN) -ffreestanding -fno-pic -no-pie -mno-red-zone \
	-mgeneral-regs-only -mpreferred-stack-boundary=3 -fno-stack-protector \
	-fno-asynchronous-unwind-tables -ffile-prefix-map=$(CURDIR)=. -fcf-protection=none -fno-strict-aliasing \
	-Il0 -Il0/hw -Il0/memory -Ivmcs-merge -Iept-compose -Iviommu -Ieli $(addprefix -I,$(PLATFORM_INC))

$(BUILD)/l0/%.c.o: %.c l0/build.mk
	@mkdir -p $(@D)
	$(CC) $(L0_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/l0/l0/platform/acpi.c.o: $(PLATFORM_GEN)

$(BUILD)/l0/%.S.o: %.S l0/build.mk
	@mkdir -p $(@D)
	$(CC) $(L0_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/l0/testudo.elf64: $(L0_OBJ) l0/boot/l0.lds
	$(CC) $(L0_CFLAGS) -flto-partition=one -nostdlib -static -Wl,-z,max-page-size=4096 \
		-Wl,--build-id=none -Wl,--no-warn-rwx-segments -T l0/boot/l0.lds -o $@ $(L0_OBJ)

$(L0_IMAGE): $(BUILD)/l0/testudo.elf64
	objcopy -O elf32-i386 $< $@

.PHONY: l0
l0: $(L0_IMAGE)

-include $(L0_OBJ:.o=.d)
