# SPDX-License-Identifier: Apache-2.0
# The check of rooms.sh. Input: "R", the rooms file's lines; "F", the files; "I", lines of
# "FILE INCLUDED".

function problem(text) { print text; problems++ }

function room_of(path,   i, best, name)
{
	for (i = 1; i <= rooms; i++) {
		name = room[i]
		if ((index(path, name "/") == 1 || (index(path, name ".") == 1 &&
		     index(substr(path, length(name) + 2), "/") == 0 &&
		     index(substr(path, length(name) + 2), ".") == 0)) && length(name) > length(best))
			best = name
	}
	return best
}

function add_room(name)
{
	if (name in layer) {
		if (layer[name] != layers)
			problem("room " name " stands on two lines")
		return
	}
	layer[name] = layers
	room[++rooms] = name
}

# Out with "x/../": what is outside of the folder keeps its dots and is no file of ours.
function plain(path)
{
	while (match(path, /[^\/.]+\/\.\.\//))
		path = substr(path, 1, RSTART - 1) substr(path, RSTART + RLENGTH)
	return path
}

# As the compiler looks: beside the file, in the folder, in a room's folder.
function resolve(file, name,   i, place)
{
	place = file
	if (!sub(/[^\/]*$/, "", place))
		place = ""
	if (plain(place name) in known)
		return plain(place name)
	if (name in known)
		return name
	for (i = 1; i <= rooms; i++)
		if ((room[i] "/" name) in known)
			return room[i] "/" name
	return ""
}

# A circle, told by its members; each node is walked once. Edges: next_of[node] = " a b".
function walk(node, trail,   list, n, i)
{
	state[node] = 1
	n = split(next_of[node], list, " ")
	for (i = 1; i <= n; i++) {
		if (state[list[i]] == 1)
			problem("a circle: " substr(trail " " list[i], index(trail " ", " " list[i] " ") + 1))
		else if (!state[list[i]])
			walk(list[i], trail " " list[i])
	}
	state[node] = 2
}

function check_arrow(file, target,   a, b)
{
	a = room_of(file)
	b = room_of(target)
	if (a == "" || b == "" || a == b)
		return
	arrows[a, b]++
	if (arrows[a, b] == 1)
		next_of["room:" a] = next_of["room:" a] " room:" b
	if (layer[a] < layer[b] || ((a, b) in beside))
		return
	problem(file " includes " target ": an arrow " (layer[a] > layer[b] ? "up" : "sideways") \
		", from " a " to " b)
}

function draw(   l, i, j, line)
{
	for (l = 1; l <= layers; l++)
		for (i = 1; i <= rooms; i++) {
			if (layer[room[i]] != l)
				continue
			line = ""
			for (j = 1; j <= rooms; j++)
				if ((room[i], room[j]) in arrows)
					line = line " " room[j] "(" arrows[room[i], room[j]] ")"
			printf "%2d  %-12s%s%s\n", l, room[i], line == "" ? "" : " ->", line
		}
}

/^[RFI]$/ { part = $0; next }
part == "R" && NF {
	layers++
	for (i = 1; i <= NF; i++) {
		ends = split($i, pair, ">")
		add_room(pair[1])
		if (ends == 2) {
			add_room(pair[2])
			beside[pair[1], pair[2]] = 1
		}
	}
}
part == "F" {
	known[$1] = 1
	files++
	if (room_of($1) == "")
		problem($1 " is in no room")
}
part == "I" {
	target = resolve($1, $2)
	if (target == "")
		next
	check_arrow($1, target)
	if ($1 ~ /\.h$/)
		next_of[$1] = next_of[$1] " " target
}
END {
	if (!files || !rooms)
		problem("no file or no room")
	for (node in next_of)
		if (!state[node])
			walk(node, " " node)
	if (picture)
		draw()
	exit problems > 0
}
