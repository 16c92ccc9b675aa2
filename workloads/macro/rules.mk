# SPDX-License-Identifier: Apache-2.0
# Both programs are static: they run in an initramfs whose C library belongs to the compiler.
MACRO_DIR := workloads/macro
MACRO_BUILD := $(BUILD)/workloads/macro
MACRO_CONTENTS := $(MACRO_DIR)/contents.sh
MACRO_SOURCES := $(MACRO_DIR)/build-lua $(wildcard $(MACRO_DIR)/lua/*)

MACRO_PROGRAMS := $(addprefix $(MACRO_BUILD)/,mark pages)

$(MACRO_PROGRAMS): $(MACRO_BUILD)/%: $(MACRO_DIR)/%.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -g -MMD -MP,$(HOST_CFLAGS)) -static -s -o $@ $<
