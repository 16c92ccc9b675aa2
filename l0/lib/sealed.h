/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_SEALED_H
#define LIB_SEALED_H

/*
 * A variable that is written while L0 starts and read-only from paging_seal() on. What is neither
 * this nor constant must not be global: it belongs to a CPU, a vCPU or a machine
 * (experiments/tests/globals.sh holds the image against that).
 */
#define SEALED __attribute__((section(".start")))

#endif
