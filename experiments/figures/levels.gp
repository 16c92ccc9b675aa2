# SPDX-License-Identifier: Apache-2.0
# Workloads as a whole, one panel each. figure.dat: a block for each, its title in a comment, then run,
# ticks of the guest, of L1 below it, of L0 and of charged switches, and the published time, all in
# percent of bare. `name` comes from the harness; SVG and PNG show the same.
set datafile separator "\t"
set datafile missing "n/a"
set style data histograms
set style histogram rowstacked
set style fill solid 0.9 border rgb "#444444"
set boxwidth 0.6
set grid ytics back lt 1 lc rgb "#d8d8d8"
set border 3
set tics nomirror out
set xtics rotate by -30 left
set key outside top center horizontal reverse Left samplen 1.5 maxcols 2
set bmargin 8
set rmargin 12
set xrange [-0.7:*]

stats "figure.dat" using 2 nooutput
blocks = STATS_blocks
title_of(i) = system(sprintf("sed -n 's/^# //p' figure.dat | sed -n %dp", i + 1))

draw = 'set multiplot layout 1,blocks; \
do for [i = 0:blocks - 1] { \
  set title title_of(i); set yrange [0:*]; \
  if (i == 0) { set ylabel "ticks, % of bare" } else { unset ylabel }; \
  plot "figure.dat" index i using 2:xtic(1) title "the guest" lc rgb "#7fb069", \
     "" index i using 3 title "L1 below it" lc rgb "#e0a030", \
     "" index i using 4 title "L0" lc rgb "#2a5d8f", \
     "" index i using 5 title "charged switches" lc rgb "#9a9a9a", \
     "" index i using 0:6 with points pt 2 ps 1.4 lw 2 lc rgb "#c0392b" title "published ratio (Turtles, 2010)"; \
}; \
unset multiplot'

set terminal svg size 240 + 460 * blocks,600 dynamic enhanced font "sans,14" background rgb "white"
set output name.".svg"
eval draw
set terminal pngcairo size 240 + 460 * blocks,600 enhanced font "sans,12" background rgb "white"
set output name.".png"
eval draw
set output
