/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of the programs here. What fails ends the program with a line and status 1. */
#ifndef IO_NET_H
#define IO_NET_H

#include <stddef.h>
#include <stdint.h>

/* Bound to that port of every address; of SOCK_STREAM it listens too. @type as for socket(). */
int net_serve(int type, uint16_t port);

/*
 * Connected with a peer, an IPv4 address in words; of SOCK_STREAM a peer that does not listen yet
 * is waited for. An answer that does not come for ANSWER_SECONDS is an error. @poll_us: so long the
 * driver's queue is polled before the process sleeps (SO_BUSY_POLL), 0 for not at all; then its
 * interrupts stay off between two looks, if the NIC is told to wait for them (SO_PREFER_BUSY_POLL).
 */
#define ANSWER_SECONDS 20
int net_connect(int type, const char *address, uint16_t port, unsigned int poll_us);

/*
 * Lets the NIC's driver look at its queue, and never sleeps: once, or until one of @events (as for
 * poll()) of a socket that has a @poll_us, for ANSWER_SECONDS at most. net.core.busy_poll must not
 * be 0, else nobody looks.
 */
void net_look(int s);
void net_poll(int s, short events);

/* As perror(), then the end. */
_Noreturn void die(const char *what);

/* A number of the command line, from 1 to @max; else a line and the end. */
size_t number_of(const char *word, size_t max);

#endif
