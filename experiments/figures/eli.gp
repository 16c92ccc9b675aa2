# SPDX-License-Identifier: Apache-2.0
# figure.dat: a block for each workload, whose first line names it ("nginx"); then a line for each run: its name, ..., Mbit/s
# of a stream (11th column), ..., requests/s of the others (20th), ..., percent of time in the guest (24th). `name` comes from the
# harness; SVG and PNG show the same.
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
set ylabel "percent"
set rmargin 10

draw = 'set multiplot layout 1,blocks; \
do for [i=0:blocks-1] { \
	stats "figure.dat" index i every ::0::0 using (heading = strcol(1), 0) nooutput; \
	set yrange [*:*]; \
	rate = heading[1:6] eq "stream" ? 11 : 20; \
	stats "figure.dat" index i every ::1 using rate nooutput; \
	set yrange [0:105]; \
	set title heading; \
	plot "figure.dat" index i every ::1 using 24:xtic(1) title "time in the guest" lc rgb "#2a5d8f", \
	     "" index i every ::1 using (100 * column(rate) / STATS_max) title "rate, of the best" lc rgb "#e0a030"; \
}; \
unset multiplot'

set terminal svg size 1300,460 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1300,460 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
