# SPDX-License-Identifier: Apache-2.0
# smp.dat: a block for each level, whose first line names it and the columns: ours and the peer's ticks by number of
# vCPUs. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
stats "smp.dat" using 0 nooutput
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
set ylabel "ticks (instructions)"
set yrange [0:*]
array ours[3] = ["#1d3f63", "#2a5d8f", "#7fa8cf"]
array theirs[3] = ["#a86a10", "#e0a030", "#f2cf8a"]

draw = 'set multiplot layout blocks,1; \
do for [i=0:blocks-1] { \
	stats "smp.dat" index i nooutput; \
	stats "smp.dat" index i every ::0::0 using (heading = strcol(1), 0) nooutput; \
	columns = STATS_columns; \
	set title heading.": the vCPU whose is dearest (not shown where it waits for a timer)"; \
	plot for [c=2:columns:2] "smp.dat" index i using c:xtic(1) title columnheader(c) lc rgb ours[(c / 2 - 1) % 3 + 1], \
	     for [c=3:columns:2] "smp.dat" index i using c title columnheader(c) lc rgb theirs[((c - 1) / 2 - 1) % 3 + 1]; \
}; \
unset multiplot'

set terminal svg size 1200,420*blocks dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1200,420*blocks enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
