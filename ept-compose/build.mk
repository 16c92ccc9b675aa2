# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += ept-compose
unit_ept-compose_SRC := $(wildcard ept-compose/*.c ept-compose/tests/*.c)
unit_ept-compose_INC := ept-compose ept-compose/tests

BENCHES += ept-compose
bench_ept-compose_SRC := $(wildcard ept-compose/*.c ept-compose/bench/*.c)
bench_ept-compose_INC := ept-compose ept-compose/bench
