# SPDX-License-Identifier: Apache-2.0
# mark is static: it runs in an initramfs whose C library belongs to the compiler.
MACRO_DIR := workloads/macro
MACRO_BUILD := $(BUILD)/workloads/macro
MACRO_CONTENTS := $(MACRO_DIR)/contents.sh
MACRO_SOURCES := $(MACRO_DIR)/build-lua $(wildcard $(MACRO_DIR)/lua/*)

$(MACRO_BUILD)/mark: $(MACRO_DIR)/mark.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -g -MMD -MP,$(HOST_CFLAGS)) -static -s -o $@ $<
