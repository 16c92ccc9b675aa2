# SPDX-License-Identifier: Apache-2.0
# figure.dat: a block for each operation and size, whose first line names it; then a line for each run: its name,
# exits, ticks (least, p50, p99, mean), us, ticks in L0, the sidecore's, exits in a second, and so on to those for devices. SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
stats "figure.dat" using 0 nooutput
blocks = STATS_blocks - 1
set style data histograms
set style histogram rowstacked
set key tmargin left horizontal reverse Left samplen 1
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.7
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -35
set ylabel "thousand exits in a second"
set yrange [0:*]

draw = 'set multiplot layout 1,blocks; \
do for [i=0:blocks-1] { \
	stats "figure.dat" index i every ::0::0 using (heading = strcol(1), 0) nooutput; \
	set title heading." bytes"; \
	plot "figure.dat" index i every ::1 using ($14/1000):xtic(1) title "kicks" lc rgb "#e0a030", \
	     "" index i every ::1 using (($10-$14)/1000) title "replies, timer" lc rgb "#2a5d8f"; \
}; \
unset multiplot'

set terminal svg size 1000,420 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1000,420 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
