/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One input of a fuzzer: a stream of operations on a unit. Also for libFuzzer, whose entry point is
 * a call of this.
 */
#ifndef FUZZ_VIOMMU_H
#define FUZZ_VIOMMU_H

#include <stddef.h>
#include <stdint.h>

/* Aborts where an invariant does not hold; the sanitizers do the rest. Returns 0. */
int fuzz_viommu(const uint8_t *data, size_t size);

#endif
