/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PLATFORM_PCI_REGS_H
#define PLATFORM_PCI_REGS_H

/* Configuration space: PCI 3.0 chapter 6, PCI Express base specification 4.0 chapter 7. */
#define PCI_REG_VENDOR            0x00
#define PCI_REG_COMMAND           0x04
#define PCI_COMMAND_IO            0x0001u
#define PCI_COMMAND_MEMORY        0x0002u
#define PCI_COMMAND_MASTER        0x0004u
#define PCI_COMMAND_PARITY        0x0040u
#define PCI_COMMAND_SERR          0x0100u
#define PCI_COMMAND_INTX_OFF      0x0400u
#define PCI_REG_STATUS            0x06
#define PCI_STATUS_INTX           0x0008u
#define PCI_STATUS_CAPABILITIES   0x0010u
#define PCI_STATUS_ERRORS         0xf900u /* a written 1 clears them */
#define PCI_REG_REVISION          0x08
#define PCI_REG_CACHE             0x0c
#define PCI_REG_HEADER            0x0e
#define PCI_HEADER_MULTI          0x80u
#define PCI_HEADER_BRIDGE         0x01u
#define PCI_REG_BAR               0x10
#define PCI_BAR_TYPE_IO           0x1u
#define PCI_BAR_TYPE_64           0x4u
#define PCI_BAR_TYPE_PREFETCHABLE 0x8u
#define PCI_REG_BARS_END          0x28
#define PCI_REG_SUBSYSTEM         0x2c
#define PCI_REG_CAPABILITY        0x34
#define PCI_REG_LINE              0x3c
#define PCI_REG_PIN               0x3d
/* Of a bridge. */
#define PCI_REG_BUSES        0x18 /* primary, secondary, subordinate */
#define PCI_REG_IO_WINDOW    0x1c
#define PCI_REG_WINDOW       0x20
#define PCI_REG_PREFETCHABLE 0x24
#define PCI_REG_HIGH_BASE    0x28 /* of the prefetchable window, and then its limit's */
#define PCI_REG_BRIDGE       0x3e /* its control */
#define PCI_BRIDGE_RESET     0x0040u

#define PCI_CONFIG_START  0x40  /* capabilities from here */
#define PCI_CONFIG_LEGACY 0x100 /* and the extended ones from here */

#define PCI_ID_POWER      0x01
#define PCI_POWER_CONTROL 4u
#define PCI_POWER_STATE   0x3u
#define PCI_POWER_NO_SOFT 0x8u

#define PCI_ID_MSI      0x05
#define PCI_MSI_ON      (1u << 16) /* in the capability's first word */
#define PCI_MSI_ADDRESS 4u
#define PCI_MSI_DATA    12u
#define PCI_MSI_MASK    16u
#define PCI_MSI_PENDING 20u

#define PCI_ID_EXPRESS      0x10
#define PCI_EXPRESS_DEVICE  4u
#define PCI_EXPRESS_CONTROL 8u
#define PCI_EXPRESS_FLR     (1u << 15) /* in the control register */

#define PCI_EXPRESS_LINK         0x0cu
#define PCI_EXPRESS_LINK_CONTROL 0x10u
#define PCI_LINK_DISABLED        0x0010u
#define PCI_EXPRESS_LINK_STATUS  0x12u
#define PCI_LINK_ACTIVE          0x2000u
#define PCI_EXPRESS_SLOT         0x14u
#define PCI_EXPRESS_SLOT_STATUS  0x1au
#define PCI_EXPRESS_ROOT_CONTROL 0x1cu
#define PCI_EXPRESS_DEVICE_2     0x24u
#define PCI_EXPRESS_CONTROL_2    0x28u
#define PCI_EXPRESS_ARI          0x0020u /* in both: forwarding */

#define PCI_ID_MSIX     0x11
#define PCI_MSIX_MASK   (1u << 30) /* in the capability's first word */
#define PCI_MSIX_ON     (1u << 31)
#define PCI_MSIX_MASKED 1u /* in an entry's control */

/* Extended ones. */
#define PCI_ID_SERIAL 0x03
#define PCI_ID_ACS    0x0d
#define PCI_ID_ARI    0x0e

#define PCI_ID_IOV      0x10
#define PCI_IOV_CONTROL 0x08u
#define PCI_IOV_ENABLE  0x1u
#define PCI_IOV_MEMORY  0x8u
#define PCI_IOV_INITIAL 0x0cu
#define PCI_IOV_TOTAL   0x0eu
#define PCI_IOV_NUMBER  0x10u
#define PCI_IOV_FIRST   0x14u
#define PCI_IOV_STRIDE  0x16u
#define PCI_IOV_DEVICE  0x1au
#define PCI_IOV_PAGES   0x1cu /* sizes that there are, and the one that is used */
#define PCI_IOV_PAGE    0x20u
#define PCI_IOV_BAR     0x24u
#define PCI_IOV_END     0x40u

#endif
