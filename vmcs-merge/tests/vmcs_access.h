/* SPDX-License-Identifier: Apache-2.0 */
/* The tests' processor: a VMCS is an array by encoding; accesses are counted and remembered. */
#ifndef VMCS_ACCESS_H
#define VMCS_ACCESS_H

#include <stdint.h>
#include <string.h>

struct mock_vmcs {
	uint64_t field[0x8000];
	uint8_t written[0x8000];
	unsigned int reads;
	unsigned int writes;
};

/* The current VMCS, which a test sets. */
extern struct mock_vmcs *mock;

/* Counting begins again. */
static inline void mock_forget(void)
{
	memset(mock->written, 0, sizeof(mock->written));
	mock->reads = 0;
	mock->writes = 0;
}

/* A field as it stands, without counting. */
static inline uint64_t mock_field(uint32_t encoding)
{
	return mock->field[encoding];
}

static inline uint64_t vmcs_read(uint32_t encoding)
{
	mock->reads++;
	return mock->field[encoding];
}

static inline void vmcs_read_to(void *to, uint32_t encoding)
{
	uint64_t value = vmcs_read(encoding);

	memcpy(to, &value, sizeof(value));
}

static inline void vmcs_write(uint32_t encoding, uint64_t value)
{
	mock->writes++;
	mock->written[encoding] = 1;
	mock->field[encoding] = value;
}

#endif
