/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LIB_RELAX_H
#define LIB_RELAX_H

/* Between two looks at what another CPU will change soon. */
static inline void cpu_relax(void)
{
	__builtin_ia32_pause();
}

#endif
