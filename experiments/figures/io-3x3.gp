# SPDX-License-Identifier: Apache-2.0
# figure.dat: a block of one size, whose first line names it; then a line for each way: its name, ..., exits in a
# second, Mbit/s, % of the line, the same of bare (computed), exits for devices in a second, exits for a packet, CPU %. `name` comes from the harness; SVG and PNG show the same.
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
set yrange [0:*]
set rmargin 10

draw = 'set multiplot layout 2,1; \
set ylabel "%"; \
plot "figure.dat" index 0 every ::1 using 12:xtic(1) title "of the line" lc rgb "#2a5d8f", \
     "" index 0 every ::1 using 16 title "of the CPU" lc rgb "#e0a030"; \
set ylabel "exits for a packet"; \
plot "figure.dat" index 0 every ::1 using 15:xtic(1) notitle lc rgb "#7fa8cf"; \
unset multiplot'

set terminal svg size 1000,900 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 1000,900 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
