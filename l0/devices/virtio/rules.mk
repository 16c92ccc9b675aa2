# SPDX-License-Identifier: Apache-2.0
# What a kick costs, with what L0 has: its own memcpy(), no vector registers, one program to the
# optimiser.
BENCHES += virtio
bench_virtio_SRC = $(DEVICES_SRC) $(PLATFORM_SRC) $(PLATFORM_ALONE) l0/lib/string.c l0/devices/virtio/bench/bench.c \
	l0/devices/net/bench/steps.c
bench_virtio_INC = l0 $(PLATFORM_INC)
$(BUILD)/bench/virtio: HOST_CFLAGS += -ffreestanding -mgeneral-regs-only -flto=1
$(BUILD)/bench/virtio.d/l0/platform/acpi.o: $(PLATFORM_GEN)
