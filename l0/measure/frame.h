/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frame of the data channel, for L0 and for the harness. What begins a line is L0's to say: a
 * line of L0's own begins with its JSON object, a guest's with this mark and then whatever the
 * guest wrote. No guest can write before its mark, so none can write a line that is taken for L0's.
 */
#ifndef MEASURE_FRAME_H
#define MEASURE_FRAME_H

#define CHANNEL_GUEST_MARK     "guest> "
#define CHANNEL_NEIGHBOUR_MARK "neighbour> " /* the same of the neighbour's guests */

#endif
