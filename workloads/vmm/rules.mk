# SPDX-License-Identifier: Apache-2.0
# vmm is static: it runs in an initramfs that has no C library.
vmm_DIR := workloads/vmm
vmm_BUILD := $(BUILD)/workloads/vmm
vmm_OBJ := $(patsubst $(vmm_DIR)/%.c,$(vmm_BUILD)/%.o,$(wildcard $(vmm_DIR)/*.c))

$(vmm_BUILD)/%.o: $(vmm_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_CFLAGS) -Iworkloads/micro -c -o $@ $<

$(vmm_BUILD)/vmm: $(vmm_OBJ)
	$(CC) -static -o $@ $^

.PHONY: vmm
vmm: $(vmm_BUILD)/vmm

-include $(vmm_OBJ:.o=.d)

IMAGE_BINARIES += $(vmm_BUILD)/vmm

UNIT_TESTS += vmm
unit_vmm_SRC := $(addprefix $(vmm_DIR)/,payload.c boot.c channel.c options.c tests/test_vmm.c)
unit_vmm_INC := $(vmm_DIR) workloads/micro
