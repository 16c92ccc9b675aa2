/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ACPI_H
#define ACPI_H

#include "guest.h"

/* The table with this signature, by the RSDT; NULL where there is none. It lies below 4 GiB. */
const volatile uint8_t *acpi_table(const char *signature);

#endif
