/* SPDX-License-Identifier: Apache-2.0 */
/* Names of registers and of their bits (8254x manual, chapter 13), and of descriptors' (chapter 3).
 */
#ifndef DEVICES_E1000_REGS_H
#define DEVICES_E1000_REGS_H

enum e1000_register {
#define REG(offset, name, reset, writable, read, write) REG_##name,
#include "devices/e1000/registers.def"
#undef REG
#define STAT(offset, name, clears) STAT_##name,
#include "devices/e1000/statistics.def"
#undef STAT
	E1000_REGISTERS
};

#define CTRL_SLU     0x00000040u /* the link may come up */
#define CTRL_RST     0x04000000u
#define CTRL_VME     0x40000000u /* tags are put in and taken out */
#define CTRL_PHY_RST 0x80000000u

#define CTRL_EXT_EE_RST 0x00002000u

#define STATUS_FD          0x00000001u
#define STATUS_LU          0x00000002u
#define STATUS_SPEED_SHIFT 6
#define STATUS_ASDV_SHIFT  8

#define INT_TXDW    0x00000001u /* descriptor written back */
#define INT_TXQE    0x00000002u /* queue empty */
#define INT_LSC     0x00000004u /* link changed */
#define INT_RXDMT0  0x00000010u /* few descriptors left */
#define INT_RXO     0x00000040u /* overrun */
#define INT_RXT0    0x00000080u /* received */
#define INT_MDAC    0x00000200u /* access of the PHY complete */
#define INT_TXD_LOW 0x00008000u
#define INT_SRPD    0x00010000u /* small packet received */
#define INT_ALL     0x0001ffffu /* ICS sets reserved ones too: drivers test that */

#define RCTL_EN          0x00000002u
#define RCTL_UPE         0x00000008u
#define RCTL_MPE         0x00000010u
#define RCTL_LPE         0x00000020u
#define RCTL_LBM         0x00000040u /* loopback in the MAC */
#define RCTL_RDMTS_SHIFT 8
#define RCTL_MO_SHIFT    12
#define RCTL_BAM         0x00008000u
#define RCTL_BSIZE_SHIFT 16
#define RCTL_VFE         0x00040000u
#define RCTL_CFIEN       0x00080000u
#define RCTL_CFI         0x00100000u
#define RCTL_BSEX        0x02000000u
#define RCTL_SECRC       0x04000000u

#define RAH_AV 0x80000000u

#define RXCSUM_PCSS    0x000000ffu
#define RXCSUM_IPOFL   0x00000100u
#define RXCSUM_TUOFL   0x00000200u
#define RXCSUM_IPV6OFL 0x00000400u

#define RDTR_FPD 0x80000000u /* flush partial descriptor; TIDV has the same */

#define TCTL_EN               0x00000002u
#define TCTL_PSP              0x00000008u
#define TXDCTL_LWTHRESH_SHIFT 25

/* Receive descriptors, 3.2.3 */
#define RX_DD    0x01
#define RX_EOP   0x02
#define RX_IXSM  0x04 /* checksums: not looked at */
#define RX_VP    0x08 /* tagged */
#define RX_TCPCS 0x20
#define RX_IPCS  0x40
#define RX_PIF   0x80 /* passed by an inexact filter */
#define RX_TCPE  0x20
#define RX_IPE   0x40

/* Transmit descriptors, 3.3.3 to 3.3.7: bits of the third word */
#define TX_TYPE_DATA 0x00100000u /* of an extended one: no context */
#define TX_EOP       0x01000000u
#define TX_IFCS      0x02000000u
#define TX_IC        0x04000000u /* legacy: insert checksum */
#define TX_TSE       0x04000000u /* extended: segmentation */
#define TX_RS        0x08000000u
#define TX_RPS       0x10000000u
#define TX_DEXT      0x20000000u
#define TX_VLE       0x40000000u
#define TX_IDE       0x80000000u
#define TX_TCP       0x01000000u /* of a context */
#define TX_IP4       0x02000000u
/* and of the fourth */
#define TX_DD   0x00000001u
#define TX_IXSM 0x00000100u
#define TX_TXSM 0x00000200u

#endif
