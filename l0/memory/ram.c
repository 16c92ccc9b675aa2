// SPDX-License-Identifier: Apache-2.0
#include "memory/ram.h"

void ram_init(struct ram *ram, uint64_t size)
{
	ram->size = size;
	ram->below = size < RAM_HOLE_START ? size : RAM_HOLE_START;
	ram->above = size - ram->below;
}
