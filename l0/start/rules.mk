# SPDX-License-Identifier: Apache-2.0
# How the machine is divided needs no processor to be tried: knobs, frames, and whose each page is;
# nor what the knobs of its devices mean.
UNIT_TESTS += start
unit_start_SRC := l0/knobs.c l0/start/partition.c l0/start/devices_knobs.c l0/memory/frames.c ept-compose/ept_build.c ept-compose/ept_pool.c \
	$(wildcard l0/start/tests/*.c)
unit_start_INC := l0 l0/memory ept-compose
unit_start_CFLAGS := -fno-pie
unit_start_LIBS := -no-pie
