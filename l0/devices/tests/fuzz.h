/* SPDX-License-Identifier: Apache-2.0 */
/* One input of a fuzzer: what drivers of all virtio devices do. For libFuzzer, too. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* Aborts where an invariant does not hold; the sanitizers do the rest. Returns 0. */
int fuzz_devices(const uint8_t *data, size_t size);

#endif
