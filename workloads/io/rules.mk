# SPDX-License-Identifier: Apache-2.0
# The programs of the I/O workloads are static: what an image has of libraries belongs to Debian's programs.
IO_DIR := workloads/io
IO_BUILD := $(BUILD)/workloads/io
IO_CONTENTS := $(IO_DIR)/contents.sh
IO_SOURCES := $(addprefix $(IO_DIR)/,nginx.conf passwd group)
IO_PROGRAMS := $(addprefix $(IO_BUILD)/,udp-rr stream blk-lat iommu-map load)
IO_CANARY := $(IO_BUILD)/canary
IO_MICRO := $(addprefix workloads/micro/,histogram.c line.c sample.c)

$(IO_PROGRAMS): $(IO_BUILD)/%: $(IO_DIR)/%.c $(addprefix $(IO_DIR)/,net.c samples.c net.h samples.h operations.def) \
		$(IO_MICRO) $(IO_MICRO:.c=.h)
	@mkdir -p $(@D)
	$(CC) $(filter-out -g -MMD -MP,$(HOST_CFLAGS)) -static -s -Iworkloads/micro -o $@ $(filter %.c,$^)

$(IO_CANARY): $(IO_DIR)/canary.c
	@mkdir -p $(@D)
	$(CC) $(filter-out -g -MMD -MP,$(HOST_CFLAGS)) -static -s -o $@ $<

UNIT_TESTS += io
unit_io_SRC := $(addprefix $(IO_DIR)/,samples.c tests/test_io.c) $(IO_MICRO)
unit_io_INC := $(IO_DIR) workloads/micro
