# SPDX-License-Identifier: Apache-2.0
# figure.dat: a block for each operation, by their numbers: ipi, ipi-hlt (bare alone), function, function-hlt, udp-rr. Its first
# line names it; then a line for each run: its name, exits, ticks (least, p50, p99, mean). `name` comes from the harness; SVG
# and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.9
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -35 left
set key tmargin right horizontal reverse Left samplen 1.5
set ylabel "ticks"
set rmargin 10

array bare[2]
do for [i=1:2] { stats "figure.dat" index i-1 every ::1 using 6 nooutput; bare[i] = STATS_mean }
array what[3] = ["from interrupt to handler, the processor busy", "from interrupt to handler, the processor halted", "a datagram there and back"]

draw = 'set multiplot layout 3,1; \
do for [i=1:3] { \
	set title what[i]; \
	if (i < 3) { set logscale y; set yrange [1:20000]; } else { unset logscale y; set yrange [0:*]; }; \
	plot "figure.dat" index i+1 every ::1 using 4:xtic(1) title "p50" lc rgb "#2a5d8f", \
	     "" index i+1 every ::1 using 5 title "p99" lc rgb "#7fa8cf", \
	     (i < 3 ? bare[i] : NaN) with lines dt 2 lc rgb "#444444" title (i < 3 ? "the engine alone" : ""); \
}; \
unset multiplot'

set terminal svg size 1000,1140 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1000,1140 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
