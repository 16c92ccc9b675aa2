# SPDX-License-Identifier: Apache-2.0
# figure.dat: a block for each operation, whose first line names it; then a line for each run: its name, exits, ticks (least,
# p50, p99, mean); bare has no percentiles. `name` comes from the harness; SVG and PNG
# show the same.
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
set ylabel "ticks"
set logscale y
set yrange [1:*]
set rmargin 10

draw = 'set multiplot layout blocks,1; \
do for [i=0:blocks-1] { \
	stats "figure.dat" index i every ::0::0 using (heading = strcol(1), 0) nooutput; \
	set title heading; \
	plot "figure.dat" index i every ::1 using 6:xtic(1) title "mean" lc rgb "#2a5d8f", \
	     "" index i every ::1 using 5 title "p99" lc rgb "#7fa8cf"; \
}; \
unset multiplot'

set terminal svg size 1000,380 * blocks dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1000,380 * blocks enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
