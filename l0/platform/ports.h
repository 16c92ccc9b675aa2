/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PORTS_H
#define PLATFORM_PORTS_H

#include <stdint.h>

/* What a device learns of one port access; `size` is at most the width of its row in ports.c. */
struct platform;

struct port_access {
	uint16_t port;
	uint8_t size;
	unsigned vcpu;
	uint64_t now;
};

/* The handlers, each beside its device; the table in ports.c names them all. */
#define PORT_HANDLERS(name)                                                                        \
	uint32_t name##_port_read(struct platform *p, const struct port_access *a);                \
	void name##_port_write(struct platform *p, const struct port_access *a, uint32_t value)

PORT_HANDLERS(pic);
PORT_HANDLERS(elcr);
PORT_HANDLERS(pit);
PORT_HANDLERS(speaker);
PORT_HANDLERS(rtc);
PORT_HANDLERS(uart);
PORT_HANDLERS(pm1_event);
PORT_HANDLERS(pm1_control);
PORT_HANDLERS(pm_timer);
PORT_HANDLERS(pci_config);
PORT_HANDLERS(keyboard);
PORT_HANDLERS(port92);
PORT_HANDLERS(post);
PORT_HANDLERS(quiet);
PORT_HANDLERS(channel);
PORT_HANDLERS(debug_exit);

#endif
