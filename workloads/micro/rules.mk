# SPDX-License-Identifier: Apache-2.0
# micro.elf: the freestanding program. It is 64-bit code in a 32-bit ELF file, because multiboot 1
# loaders (QEMU's among them) take no other.
micro_DIR := workloads/micro
micro_BUILD := $(BUILD)/workloads/micro
micro_SHARED := histogram.c line.c options.c measure.c sample.c
micro_OBJ := $(patsubst %,$(micro_BUILD)/%.o,boot.S main.c cpus.c machine.c runtime.c acpi.c apic.c idt.c memory.c \
	timer.c operations.c op_anywhere.c op_instruction.c op_io.c op_memory.c op_interrupt.c op_ipi.c op_vmx.c \
	op_iommu.c op_function.c pci.c vtd.c sender.c function.c $(micro_SHARED))
# No SSE: nothing saves its state; no red zone: interrupts use the same stack.
micro_CFLAGS := -std=gnu11 -O2 -g $(WARN) -MMD -MP -ffreestanding -fno-pic -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fcf-protection=none -mgeneral-regs-only -mno-red-zone \
	--param=min-pagesize=0

$(micro_BUILD)/%.o: $(micro_DIR)/%
	@mkdir -p $(@D)
	$(CC) $(micro_CFLAGS) -c -o $@ $<

$(micro_BUILD)/micro.elf64: $(micro_OBJ) $(micro_DIR)/micro.lds
	$(CC) -static -nostdlib -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,-T,$(micro_DIR)/micro.lds -o $@ $(micro_OBJ)

$(micro_BUILD)/micro.elf: $(micro_BUILD)/micro.elf64
	objcopy -S -O elf32-i386 $< $@

.PHONY: micro
micro: $(micro_BUILD)/micro.elf

-include $(micro_OBJ:.o=.d)

# micro-user: what needs no privilege, as a static Linux program.
micro_USER := $(addprefix $(micro_DIR)/,user.c op_anywhere.c $(micro_SHARED))
$(micro_BUILD)/micro-user: $(micro_USER) $(wildcard $(micro_DIR)/*.h) $(micro_DIR)/operations.def
	@mkdir -p $(@D)
	$(CC) $(filter-out -MMD -MP,$(HOST_CFLAGS)) -static -o $@ $(micro_USER)

.PHONY: micro-user
micro-user: $(micro_BUILD)/micro-user

IMAGE_BINARIES += $(micro_BUILD)/micro-user
IMAGE_PAYLOADS += $(micro_BUILD)/micro.elf

UNIT_TESTS += micro
unit_micro_SRC := $(addprefix $(micro_DIR)/,$(micro_SHARED) tests/test_micro.c)
unit_micro_INC := $(micro_DIR)
