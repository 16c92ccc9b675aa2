# SPDX-License-Identifier: Apache-2.0
# peer.dat: blocks of two by two numbers, titled: operation, exits of ours and the peer's, ticks of
# ours and the peer's. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
stats "peer.dat" using 0 nooutput
# Each block ends on its empty lines, after the last of which gnuplot counts one more.
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
set yrange [0:*]

draw = 'set multiplot layout blocks,2; \
do for [i=0:blocks-1] { \
	stats "peer.dat" index i every ::0::0 using (heading = strcol(1), 0) nooutput; \
	set title heading; set ylabel "exits to L0"; \
	plot "peer.dat" index i every ::1 using 2:xtic(1) title "Testudo" lc rgb "#2a5d8f", \
	     "" index i every ::1 using 3 title "KVM" lc rgb "#e0a030"; \
	set title "Ticks (not shown where it waits for a timer)"; set ylabel "ticks (instructions)"; \
	plot "peer.dat" index i every ::1 using 4:xtic(1) title "Testudo" lc rgb "#2a5d8f", \
	     "" index i every ::1 using 5 title "KVM" lc rgb "#e0a030"; \
}; \
unset multiplot'

set terminal svg size 1200,380*blocks dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1200,380*blocks enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
