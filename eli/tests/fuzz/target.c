// SPDX-License-Identifier: Apache-2.0
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;

	world_run(&w, data, size);
	return 0;
}
