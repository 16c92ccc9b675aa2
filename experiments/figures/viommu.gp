# SPDX-License-Identifier: Apache-2.0
# figure.dat: a block for each operation and size, whose first line names it; then a line for each run: its name,
# exits, ticks (least, p50, p99, mean), us, ticks in L0, the sidecore's, exits/s, Mbit/s, % of line, % bare (computed).
# Ticks are logarithmic, for KVM's are many times ours. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
stats "figure.dat" using 0 nooutput
blocks = STATS_blocks - 1
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.9
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -35 left
set key tmargin right horizontal reverse Left samplen 1.5
set rmargin 10

draw = 'set multiplot layout (blocks + 1) / 2,2; \
do for [i=0:blocks-1] { \
	stats "figure.dat" index i every ::0::0 using (heading = strcol(1), 0) nooutput; \
	set title heading; \
	if (heading[1:6] eq "stream") { \
		unset logscale y; \
		set yrange [0:*]; \
		set ylabel "Mbit/s"; \
		plot "figure.dat" index i every ::1 using 11:xtic(1) notitle lc rgb "#7fb069"; \
	} else { \
		set logscale y; \
		set yrange [10:*]; \
		set ylabel "ticks for one, logarithmic"; \
		plot "figure.dat" index i every ::1 using 6:xtic(1) title "the guest waits" lc rgb "#7fb069", \
		     "" index i every ::1 using 8 title "of them in L0" lc rgb "#2a5d8f", \
		     "" index i every ::1 using 9 title "busy ticks of the sidecore" lc rgb "#e0a030"; \
	}; \
}; \
unset multiplot'

set terminal svg size 1100,420 * ((blocks + 1) / 2) dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1100,420 * ((blocks + 1) / 2) enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
