-- SPDX-License-Identifier: Apache-2.0
-- What a freshly built Lua must get right: a little of everything, with a result that is known.
local function sieve(limit)
	local composite, sum = {}, 0
	for i = 2, limit do
		if not composite[i] then
			sum = sum + i
			for j = i * i, limit, i do composite[j] = true end
		end
	end
	return sum
end

local function hash(text)
	local h = 5381
	for i = 1, #text do h = (h * 33 ~ text:byte(i)) & 0xffffffff end
	return h
end

local function queens(n)
	local column, down, up, found = {}, {}, {}, 0
	local function place(row)
		if row > n then found = found + 1 return end
		for c = 1, n do
			if not (column[c] or down[row + c] or up[row - c]) then
				column[c], down[row + c], up[row - c] = true, true, true
				place(row + 1)
				column[c], down[row + c], up[row - c] = nil, nil, nil
			end
		end
	end
	place(1)
	return found
end

local function sorted_words()
	local words, seed = {}, 42
	for i = 1, 2000 do
		seed = (seed * 1103515245 + 12345) % 2147483648
		words[i] = string.format("%08x-%d", seed, i % 7)
	end
	table.sort(words)
	return hash(table.concat(words, ","))
end

local numbers = coroutine.wrap(function()
	local a, b = 0, 1
	while true do coroutine.yield(a); a, b = b, a + b end
end)
local fibonacci = {}
for i = 1, 30 do fibonacci[i] = numbers() end

print(_VERSION, sieve(20000), queens(6))
print(sorted_words(), table.concat(fibonacci, " "))
print(("%.6f %d %s"):format(math.sqrt(2) + math.sin(1), 7 // 2, 1e15), math.maxinteger, 2^53)
print(("the quick brown fox"):gsub("%w+", string.upper), select("#", pcall(error, "x")))
local reduced = setmetatable({}, {__index = function(_, k) return k * 2 end, __len = function() return 9 end})
print(reduced[21], #reduced, load("return 6 * 7")(), utf8.char(955, 8364))
collectgarbage()
