# SPDX-License-Identifier: Apache-2.0
# What a guest may do to the data channel, and whose a tick is, needs no processor to be tried.
UNIT_TESTS += measure
unit_measure_SRC := l0/measure/base64.c l0/measure/guest_line.c l0/measure/counters.c $(wildcard l0/measure/tests/*.c)
unit_measure_INC := l0
