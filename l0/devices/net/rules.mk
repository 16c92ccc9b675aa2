# SPDX-License-Identifier: Apache-2.0
# For l0/build.mk: the network's tests and its benchmark.
NET_SRC := $(wildcard l0/devices/net/*.c) l0/platform/clock.c

UNIT_TESTS += net
unit_net_SRC := $(NET_SRC) $(wildcard l0/devices/net/tests/*.c)
unit_net_INC := l0 l0/devices/net/tests

# Two machines on two threads, under ThreadSanitizer.
UNIT_TESTS += net-threads
unit_net-threads_SRC := $(NET_SRC) $(wildcard l0/devices/net/tests/threads/*.c)
unit_net-threads_INC := l0/platform/tests/threads/host l0
unit_net-threads_CFLAGS := -fno-sanitize=address -fsanitize=thread
unit_net-threads_LIBS := -fno-sanitize=address -fsanitize=thread

# With what L0 has: its own memcpy(), no vector registers.
BENCHES += net
bench_net_SRC := $(NET_SRC) l0/lib/string.c $(wildcard l0/devices/net/bench/*.c)
bench_net_INC := l0 l0/devices/net/bench
$(BUILD)/bench/net: HOST_CFLAGS += -ffreestanding -mgeneral-regs-only
