// SPDX-License-Identifier: Apache-2.0
#include "platform/uart.h"

#include "lib/string.h"
#include "platform/platform.h"
#include "platform/platform_host.h"
#include "platform/platform_internal.h"
#include "platform/ports.h"

/* PC16550D data sheet. */
#define COM1_IRQ 4

#define IER_RX   0x01
#define IER_THRE 0x02
#define IER_LINE 0x04
#define IER_MSR  0x08

#define IIR_NONE    0x01
#define IIR_MSR     0x00
#define IIR_THRE    0x02
#define IIR_RX      0x04
#define IIR_LINE    0x06
#define IIR_TIMEOUT 0x0c
#define IIR_FIFO    0xc0

#define FCR_ENABLE   0x01
#define FCR_CLEAR_RX 0x02
#define LCR_DLAB     0x80
#define MCR_OUT2     0x08
#define MCR_LOOP     0x10
#define LSR_DATA     0x01
#define LSR_OVERRUN  0x02
#define LSR_EMPTY    0x60
/* CTS, DSR and DCD: somebody is at the other end. */
#define MSR_PRESENT 0xb0
#define MSR_RI      0x40

void uart_init(struct uart *u)
{
	memset(u, 0, sizeof(*u));
	u->divisor[0] = 12; /* 9600 baud, as firmware leaves it */
}

static unsigned capacity(const struct uart *u)
{
	return u->fcr & FCR_ENABLE ? UART_FIFO : 1;
}

/* The reason with the highest priority, or IIR_NONE. */
static uint8_t reason(const struct uart *u)
{
	static const uint8_t trigger[4] = {1, 4, 8, 14};

	if ((u->ier & IER_LINE) && u->lsr_errors)
		return IIR_LINE;
	if ((u->ier & IER_RX) && u->count != 0) {
		/* Less than the trigger level waits four character times on a wire; here none. */
		if ((u->fcr & FCR_ENABLE) && u->count < trigger[u->fcr >> 6])
			return IIR_TIMEOUT;
		return IIR_RX;
	}
	if ((u->ier & IER_THRE) && u->thre_pending)
		return IIR_THRE;
	if ((u->ier & IER_MSR) && u->msr_deltas)
		return IIR_MSR;
	return IIR_NONE;
}

/* On a PC OUT2 lets the interrupt through to the 8259. */
static void update(struct platform *p)
{
	struct uart *u = &p->uart;

	irq_line(p, COM1_IRQ, (u->mcr & MCR_OUT2) && reason(u) != IIR_NONE);
}

static void push(struct uart *u, uint8_t c)
{
	if (u->count >= capacity(u)) {
		u->lsr_errors |= LSR_OVERRUN;
		return;
	}
	u->fifo[(u->head + u->count) % UART_FIFO] = c;
	u->count++;
}

static uint8_t pop(struct uart *u)
{
	uint8_t c = u->fifo[u->head];

	if (u->count == 0)
		return 0;
	u->head = (uint8_t)((u->head + 1) % UART_FIFO);
	u->count--;
	return c;
}

bool uart_receive(struct platform *p, uint8_t c)
{
	struct uart *u = &p->uart;
	bool room;

	lock_take(&p->lock);
	/* In loop-back mode the receiver hears only its own transmitter. */
	room = u->count < capacity(u) && !(u->mcr & MCR_LOOP);
	if (room) {
		push(u, c);
		update(p);
	}
	lock_give(&p->lock);
	return room;
}

static uint8_t modem_lines(const struct uart *u)
{
	if (!(u->mcr & MCR_LOOP))
		return MSR_PRESENT;
	/* RTS to CTS, DTR to DSR, OUT1 to RI, OUT2 to DCD. */
	return (uint8_t)((u->mcr & 2) << 3 | (u->mcr & 1) << 5 | (u->mcr & 4) << 4 |
			 (u->mcr & 8) << 4);
}

static void write_mcr(struct uart *u, uint8_t value)
{
	uint8_t before = modem_lines(u);

	u->mcr = value & 0x1f;
	uint8_t now = modem_lines(u), changed = before ^ now;
	/* RI counts only when it ends, the other three at each change. */
	if (!(before & MSR_RI))
		changed &= (uint8_t)~MSR_RI;
	if (now & MSR_RI)
		changed &= (uint8_t)~MSR_RI;
	u->msr_deltas |= (uint8_t)(changed >> 4);
}

static void write_data(struct platform *p, uint8_t value)
{
	struct uart *u = &p->uart;

	if (u->mcr & MCR_LOOP)
		push(u, value);
	else
		platform_console_put(p, value);
	u->thre_pending = true;
}

static void write_fcr(struct uart *u, uint8_t value)
{
	/* A change of the enable bit empties the FIFO as well. */
	if ((value & FCR_CLEAR_RX) || ((value ^ u->fcr) & FCR_ENABLE))
		u->head = u->count = 0;
	u->fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
}

static void write_ier(struct uart *u, uint8_t value)
{
	/* The transmitter is always empty: enabling its interrupt raises it at once. */
	if ((value & IER_THRE) && !(u->ier & IER_THRE))
		u->thre_pending = true;
	u->ier = value & 0x0f;
}

void uart_port_write(struct platform *p, const struct port_access *a, uint32_t value)
{
	struct uart *u = &p->uart;
	unsigned reg = a->port & 7;
	uint8_t v = (uint8_t)value;

	if (reg < 2 && (u->lcr & LCR_DLAB)) {
		u->divisor[reg] = v;
		return;
	}
	switch (reg) {
	case 0:
		write_data(p, v);
		break;
	case 1:
		write_ier(u, v);
		break;
	case 2:
		write_fcr(u, v);
		break;
	case 3:
		u->lcr = v;
		break;
	case 4:
		write_mcr(u, v);
		break;
	case 7:
		u->scratch = v;
		break;
	}
	update(p);
}

static uint8_t read_iir(struct uart *u)
{
	uint8_t iir = reason(u);

	if (iir == IIR_THRE)
		u->thre_pending = false;
	return u->fcr & FCR_ENABLE ? iir | IIR_FIFO : iir;
}

static uint8_t read_lsr(struct uart *u)
{
	uint8_t lsr = LSR_EMPTY | u->lsr_errors | (u->count != 0 ? LSR_DATA : 0);

	u->lsr_errors = 0;
	return lsr;
}

static uint8_t read_msr(struct uart *u)
{
	uint8_t msr = modem_lines(u) | u->msr_deltas;

	u->msr_deltas = 0;
	return msr;
}

static uint8_t read_register(struct uart *u, unsigned reg)
{
	if (reg < 2 && (u->lcr & LCR_DLAB))
		return u->divisor[reg];
	switch (reg) {
	case 0:
		return pop(u);
	case 1:
		return u->ier;
	case 2:
		return read_iir(u);
	case 3:
		return u->lcr;
	case 4:
		return u->mcr;
	case 5:
		return read_lsr(u);
	case 6:
		return read_msr(u);
	default:
		return u->scratch;
	}
}

uint32_t uart_port_read(struct platform *p, const struct port_access *a)
{
	uint8_t value = read_register(&p->uart, a->port & 7);

	/* A read may have ended the reason of the interrupt. */
	update(p);
	return value;
}
