# SPDX-License-Identifier: Apache-2.0
# figure.dat: a block for each size of message, whose first line names it ("stream, 64"); then a line for each run: its
# name, ..., Mbit/s (11th column). comparison.csv has the paper's numbers by run. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
stats "figure.dat" using 0 nooutput
sizes = STATS_blocks - 1
stats "figure.dat" index 0 every ::1 using 11 nooutput
runs = STATS_records
array of_run[runs]
do for [r=1:runs] { stats "figure.dat" index 0 every ::r::r using (of_run[r] = strcol(1), 0) nooutput }

# A block for each run instead: size, Mbit/s, the paper's.
size_of(text) = text[strstrt(text, " ") + 1:*] + 0
set print $lines
do for [r=1:runs] {
	print of_run[r]
	do for [i=0:sizes-1] {
		stats "figure.dat" index i every ::0::0 using (heading = strcol(1), 0) nooutput
		stats "figure.dat" index i every ::r::r using (rate = $11, 0) nooutput
		print sprintf("%g,%g", size_of(heading), rate)
	}
	print ""
	print ""
}
set print

set logscale x 2
set xlabel "bytes of a message"
set ylabel "Mbit/s"
set yrange [0:1000]
set xrange [14:580]
set xtics (16, 32, 64, 128, 256, 512)
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set key outside right Left reverse samplen 2
array color[4] = ["#7fb069", "#2a5d8f", "#7fa8cf", "#e0a030"]

# Lines of comparison.csv: operation and size, run, ..., quantity (6th), the published number.
set datafile separator comma
is_theirs(r) = strcol(2) eq of_run[r] && strcol(6) eq "mbit_s"
draw = 'plot for [r=1:runs] $lines index r-1 every ::1 using 1:2 with linespoints pt 7 lw 2 lc rgb color[r] title of_run[r], \
     for [r=1:runs] "comparison.csv" using (is_theirs(r) ? size_of(strcol(1)) : NaN):(is_theirs(r) ? $7 : NaN) \
          with points pt 6 lw 2 lc rgb color[r] notitle, \
     NaN with points pt 6 lw 2 lc rgb "#444444" title "published"'

set terminal svg size 1000,480 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1000,480 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
