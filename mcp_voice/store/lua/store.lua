-- What a store does at once: nothing of it is seen, or done, by halves. The clock is the server's, in milliseconds.
-- KEYS[1]: what all keys of a subject begin with, its hash tag inside, so that all are in one slot of a cluster.
-- ARGV: a lease, how long what is over is kept (both in ms), what is to be done, and its arguments.
-- Redis refuses a script that writes with no memory left at its first write, if that may take memory (DENYOOM): `open`
-- begins with such a write, all else with one that is none, so that what is open can be carried out and answered.

local base, lease, keep = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local most_bytes = 400000
local most_called = 700 -- bytes of the names of the calls that were counted last

local texts = {'k', 'room', 'w', 'x', 'od', 'pd', 'call', 'same', 'n', 'cs', 'y'}
local numbers = {'opened', 'ttl', 'v', 'a', 'l', 'c', 't', 'free', 'oa'}
local names = {unpack(texts)}
for _, name in ipairs(numbers) do table.insert(names, name) end

local function whole(number) return string.format('%.0f', number) end
local function hash(id) return base .. 'r:' .. id end
local function spare(key) redis.call('HDEL', key, '-') end

local function stay(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, whole(ms)) end
end

local function load(id)
  local found = redis.call('HMGET', hash(id), unpack(names))
  if not found[1] then return nil end
  local r = {id = id}
  for i, name in ipairs(texts) do r[name] = found[i] or '' end
  for i, name in ipairs(numbers) do
    r[name] = tonumber(found[#texts + i])
    if not r[name] then error('BROKEN ' .. name) end
  end
  -- A server's clock may go back: nothing is promised for longer than a lease from now.
  r.l = math.min(r.l, now + lease)
  r.t = math.min(r.t, now + lease)
  return r
end

local function is_claimed(r) return r.od == '' and r.w ~= '' and r.l > now end
local function is_open(r) return r.od == '' and (r.x == '' or is_claimed(r)) end

local function changed(r)
  r.v = r.v + 1
  redis.call('HSET', hash(r.id), 'v', whole(r.v))
  redis.call('PUBLISH', base .. 'c:' .. r.id, whole(r.v))
end

local function ring(room) redis.call('PUBLISH', base .. 'p:' .. room, '') end

local function close(r, outcome, digest)
  spare(hash(r.id))
  r.od, r.oa, r.w, r.l = digest, r.a, '', 0
  redis.call('HSET', hash(r.id), 'o', outcome, 'od', digest, 'oa', whole(r.oa), 'w', '', 'l', 0)
  redis.call('PEXPIRE', hash(r.id), whole(keep))
  redis.call('ZREM', base .. 'o:' .. r.room, r.id)
  for _, index in ipairs({'n:' .. r.k, 'free', 'leased'}) do redis.call('ZREM', base .. index, r.id) end
  if r.same ~= '' then
    redis.call('HDEL', base .. 'same:' .. r.room .. ':' .. r.same, r.id)
    redis.call('HDEL', base .. 'same:*:' .. r.same, r.id)
  end
  local call = base .. 'call:' .. r.k .. ':' .. r.call
  if r.call ~= '' and redis.call('GET', call) == r.id then redis.call('DEL', call) end
  changed(r)
end

-- What is withdrawn and carried out by nobody is over; its outcome says nothing.
local function settled(r)
  if r.od == '' and not is_open(r) then close(r, '', '-') end
  return r
end

-- One text, with the lengths of its last three parts before it: a client takes apart what it is sent piece by piece.
local function row(r, with_request)
  local wanted = with_request and {'p', 'o', 'q'} or {'p', 'o'}
  for _, name in ipairs(wanted) do
    if redis.call('HSTRLEN', hash(r.id), name) > most_bytes then error('BROKEN size') end
  end
  local found = redis.call('HMGET', hash(r.id), unpack(wanted))
  local p, o, q = found[1] or '', found[2] or '', found[3] or ''
  local known = {r.id, r.od, r.x, r.y}
  for _, name in ipairs({'opened', 'v', 'a', 'l', 'c', 't'}) do table.insert(known, whole(r[name])) end
  table.insert(known, whole(now))
  table.insert(known, r.w)
  return table.concat({#p, #o, #q, p .. o .. q .. table.concat(known, '\n')}, '\n')
end

-- For lists: one that is broken must not hide the others, and is told of once.
local function rows(ids, index, is_wanted)
  local told = {}
  for _, id in ipairs(ids) do
    local ok, r = pcall(load, id)
    if ok and r then ok, r = pcall(settled, r) end
    local one
    if ok and r and is_wanted(r) then ok, one = pcall(row, r, true) end
    if one then table.insert(told, ok and one or 'BROKEN') end
    if not ok and not one then table.insert(told, 'BROKEN') end
    if not ok or not r then redis.call('ZREM', base .. index, id) end
  end
  return told
end

local function stays(r)
  redis.call('PEXPIRE', hash(r.id), whole(r.ttl))
  redis.call('ZADD', base .. 'n:' .. r.k, whole(now + r.ttl), r.id)
  for _, index in ipairs({'n:' .. r.k, 'o:' .. r.room, 'free', 'leased'}) do stay(base .. index, r.ttl) end
end

local function leases(r)
  r.l = now + lease
  redis.call('HSET', hash(r.id), 'l', whole(r.l))
  redis.call('ZADD', base .. 'leased', whole(r.l), r.id)
  stays(r)
end

local function progresses(r, progress, digest)
  if digest == r.pd then return end
  redis.call('HSET', hash(r.id), 'p', progress, 'pd', digest)
  changed(r)
end

local function kept()
  local ids = {'unknown'}
  for _, id in ipairs(redis.call('ZREVRANGE', base .. 'known', 0, 99)) do
    if redis.call('EXISTS', hash(id)) == 1 then table.insert(ids, id) end
  end
  return ids
end

local function open_of_kind(index, kind)
  local ids = {}
  for _, id in ipairs(redis.call('ZRANGE', base .. index, 0, -1)) do
    local ok, r = pcall(load, id)
    if not ok or not r then
      redis.call('ZREM', base .. index, id)
    elseif is_open(settled(r)) and r.x == '' and r.k == kind then
      table.insert(ids, id)
    end
  end
  return ids
end

local function earliest(ids, is_wanted)
  local found
  for _, id in ipairs(ids) do
    local ok, r = pcall(load, id)
    if ok and r and r.od == '' and r.x == '' and is_wanted(id) and (not found or r.opened < found.opened) then found = r end
  end
  return found
end

local function repeated(kind, room, call, same, who, is_named)
  if call ~= '' then
    local found = earliest({redis.call('GET', base .. 'call:' .. kind .. ':' .. call) or ''}, function() return true end)
    if found then return found end
  end
  if same == '' then return nil end
  local asked, ids = {}, {}
  local pairs_of = redis.call('HGETALL', base .. 'same:' .. (is_named == '1' and room or '*') .. ':' .. same)
  for i = 1, #pairs_of, 2 do
    asked[pairs_of[i]] = pairs_of[i + 1]
    table.insert(ids, pairs_of[i])
  end
  return earliest(ids, function(id) return who == '' or asked[id] == who end)
end

local deeds = {}

function deeds.open(id, request, kind, room, ttl, call, same, who, is_named, most_in_room, most)
  local r = load(id)
  if r then return row(settled(r), true) end
  r = repeated(kind, room, call, same, who, is_named)
  if r then return row(r, true) end
  local order = redis.call('INCR', base .. 'seq')
  if redis.call('ZCARD', base .. 'o:' .. room) >= tonumber(most_in_room) then
    local here = open_of_kind('o:' .. room, kind)
    if #here >= tonumber(most_in_room) then return {'room', unpack(here)} end
  end
  if redis.call('ZCARD', base .. 'n:' .. kind) >= tonumber(most) then
    local all = open_of_kind('n:' .. kind, kind)
    if #all >= tonumber(most) then return {'all', unpack(all)} end
  end
  r = {id = id, k = kind, room = room, w = '', x = '', od = '', opened = now, ttl = tonumber(ttl), v = 0, a = 0, l = 0,
       c = 0, t = 0, cs = '', y = ''}
  redis.call('HSET', hash(id), 'q', request, 'k', kind, 'room', room, 'opened', whole(now), 'ttl', ttl, 'v', 0, 'a', 0,
             'w', '', 'l', 0, 'x', '', 'c', 0, 't', 0, 'free', whole(now), 'oa', 0, 'call', call, 'same', same)
  redis.call('ZADD', base .. 'o:' .. room, order, id)
  redis.call('ZADD', base .. 'free', whole(now), id)
  stays(r)
  stay(base .. 'seq', r.ttl)
  if call ~= '' then redis.call('SET', base .. 'call:' .. kind .. ':' .. call, id, 'PX', ttl) end
  if same ~= '' then
    for _, where in ipairs({room, '*'}) do
      redis.call('HSET', base .. 'same:' .. where .. ':' .. same, id, who)
      stay(base .. 'same:' .. where .. ':' .. same, r.ttl)
    end
  end
  if kind == 'ask' then
    redis.call('ZADD', base .. 'known', order, id)
    redis.call('ZREMRANGEBYRANK', base .. 'known', 0, -1001)
    stay(base .. 'known', r.ttl)
  end
  ring(room)
  return row(r, true)
end

function deeds.find(id)
  local r = load(id)
  return r and row(settled(r), true) or kept()
end

function deeds.look(id)
  local r = load(id)
  return r and row(settled(r), false) or kept()
end

function deeds.withdraw(id)
  local r = load(id)
  if not r then return kept() end
  if r.od == '' and r.x == '' then
    spare(hash(id))
    r.x = '1'
    redis.call('HSET', hash(id), 'x', '1')
    if is_claimed(r) then changed(r) end
    settled(r)
    ring(r.room)
  end
  return row(settled(r), true)
end

-- A client repeats what was not acknowledged: each call is counted once.
function deeds.attend(id, call)
  local r = load(id)
  if not r then return kept() end
  spare(hash(id))
  r.t = now + lease
  if call ~= '' and not string.find(' ' .. r.cs, ' ' .. call .. ' ', 1, true) then
    r.c, r.cs = r.c + 1, string.sub(call .. ' ' .. r.cs, 1, most_called)
    redis.call('HSET', hash(id), 'c', whole(r.c), 'cs', r.cs)
  end
  redis.call('HSET', hash(id), 't', whole(r.t))
  return row(settled(r), true)
end

function deeds.returned(id)
  local r = load(id)
  if not r then return kept() end
  spare(hash(id))
  r.y = '1'
  redis.call('HSET', hash(id), 'y', '1')
  return row(settled(r), true)
end

function deeds.waiting(room)
  local ids = redis.call('ZRANGE', base .. 'o:' .. room, 0, -1)
  return rows(ids, 'o:' .. room, function(r) return is_open(r) and not is_claimed(r) end)
end

function deeds.overdue(unclaimed)
  if redis.call('EXISTS', base .. 'free', base .. 'leased') == 0 then return {'idle'} end
  local function late(r) return is_open(r) and not is_claimed(r) end
  -- Leases that end later than any can: the clock has gone back.
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'leased', whole(now + lease + 1), '+inf', 'LIMIT', 0, 500)) do
    redis.call('ZADD', base .. 'leased', whole(now + lease), id)
  end
  local ids = redis.call('ZRANGEBYSCORE', base .. 'leased', '-inf', whole(now), 'LIMIT', 0, 500)
  local told = rows(ids, 'leased', late)
  ids = redis.call('ZRANGEBYSCORE', base .. 'free', '-inf', whole(now - tonumber(unclaimed)), 'LIMIT', 0, 500)
  for _, one in ipairs(rows(ids, 'free', late)) do table.insert(told, one) end
  return told
end

function deeds.claim(id, attempt, worker, nonce)
  local r = load(id)
  if not r then return {} end
  settled(r)
  local is_again = r.od == '' and r.n == nonce and r.a == attempt + 1 and r.w == worker
  if not is_again then
    if not is_open(r) or is_claimed(r) or r.a ~= tonumber(attempt) then return {} end
    spare(hash(id))
    r.a, r.w = r.a + 1, worker
    redis.call('HSET', hash(id), 'a', whole(r.a), 'w', worker, 'n', nonce)
    redis.call('ZREM', base .. 'free', id)
    leases(r)
    changed(r)
  end
  return row(r, false)
end

local function ours(id, attempt, worker)
  local r = load(id)
  if r and r.od == '' and r.w ~= '' and r.w == worker and r.a == tonumber(attempt) then return r end
end

function deeds.renew(id, attempt, worker, progress, digest)
  local r = ours(id, attempt, worker)
  if not r then return {0, 0, 0} end
  spare(hash(id))
  leases(r)
  progresses(r, progress, digest)
  return {1, r.x == '1' and 1 or 0, r.t > now and 1 or 0}
end

local function answered(id, attempt, digest)
  local r = load(id)
  return r and r.od == digest and r.oa == tonumber(attempt) and 1 or 0
end

function deeds.answer(id, attempt, worker, outcome, digest)
  local r = ours(id, attempt, worker)
  if not r then return answered(id, attempt, digest) end
  close(r, outcome, digest)
  return 1
end

function deeds.fail(id, attempt, outcome, digest)
  local r = load(id)
  if not r or not is_open(settled(r)) or is_claimed(r) or r.a ~= tonumber(attempt) then
    return answered(id, attempt, digest)
  end
  close(r, outcome, digest)
  return 1
end

function deeds.give_back(id, attempt, worker, progress, digest)
  local r = ours(id, attempt, worker)
  if not r then return 0 end
  spare(hash(id))
  r.w, r.l = '', 0
  redis.call('HSET', hash(id), 'w', '', 'l', 0, 'free', whole(now), 'p', progress, 'pd', digest)
  redis.call('ZREM', base .. 'leased', id)
  redis.call('ZADD', base .. 'free', whole(now), id)
  stays(r)
  changed(r)
  settled(r)
  ring(r.room)
  return 1
end

local function holder(room)
  local held = redis.call('HMGET', base .. 'hold:' .. room, 'w', 'l')
  local until_then = tonumber(held[2] or 0)
  if not until_then then error('BROKEN hold') end
  return held[1] and math.min(until_then, now + lease) > now and held[1] or ''
end

function deeds.hold(room, worker)
  local held, key = holder(room), base .. 'hold:' .. room
  if held ~= '' and held ~= worker then return 0 end
  spare(key)
  redis.call('HSET', key, 'w', worker, 'l', whole(now + lease))
  redis.call('PEXPIRE', key, whole(lease * 2))
  return 1
end

function deeds.holder(room) return holder(room) end

function deeds.leave(room, worker)
  if holder(room) ~= worker then return 0 end
  redis.call('DEL', base .. 'hold:' .. room)
  ring(room)
  return 1
end

function deeds.note(room, text, worker)
  if holder(room) ~= worker then return 0 end
  redis.call('SET', base .. 'note:' .. room, text, 'PX', whole(keep))
  return 1
end

function deeds.noted(room)
  if redis.call('STRLEN', base .. 'note:' .. room) > most_bytes then error('BROKEN size') end
  return redis.call('GET', base .. 'note:' .. room) or ''
end

return deeds[ARGV[3]](unpack(ARGV, 4))
