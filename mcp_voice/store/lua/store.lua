-- What a store does at once: nothing of it is seen, or done, by halves. The clock is the server's, in milliseconds.
-- KEYS[1]: what all keys of a subject begin with, its hash tag inside, so that all are in one slot of a cluster.
-- ARGV: a lease, how long what is over is kept (both in ms), and the arguments of what is to be done.
-- Each of `deeds` becomes a script of its own (redis_scripts.py): it, and the paragraphs whose names it uses.
-- Redis refuses a script that writes with no memory left at its first write, if that may take memory (DENYOOM): `open` and
-- `note` begin with such a write, all else with one that is none, so that what is open can be carried out and answered.

local base = KEYS[1]

local lease = tonumber(ARGV[1])

local keep = tonumber(ARGV[2])

-- How long all but asks are kept once they are over, in ms: their call reads them at once, unless it cannot for a while.
local brief = 300000

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local most_bytes = 400000

local most_called = 700 -- bytes of the names of the calls that were counted last

local deeds = {}

local function whole(value) return string.format('%.0f', value) end

local function hash(id) return base .. 'r:' .. id end

local function spare(key) redis.call('HDEL', key, '-') end

-- What must last for so long, and is renewed every few seconds, lasts for a sixteenth longer: most renewals find it so.
local function longer(ms) return ms + math.floor(ms / 16) end

local function stay(key, ms)
  if redis.call('PTTL', key) < ms then redis.call('PEXPIRE', key, whole(longer(ms))) end
end

local function number(text) return tonumber(text) or error('BROKEN number') end

-- What is known of a request, and more of its fields, as texts; nil: there is none.
local function load(id, ...)
  local found = redis.call('HMGET', hash(id), 'opened', 'od', 'w', 'x', 'y', 'v', 'a', 'c', 'l', 't', ...)
  if not found[1] then return nil end
  local r = {id = id, opened = number(found[1]), od = found[2] or '', w = found[3] or '', x = found[4] or '',
             y = found[5] or '', v = number(found[6]), a = number(found[7]), c = number(found[8])}
  -- A server's clock may go back: nothing is promised for longer than a lease from now.
  r.l, r.t = math.min(number(found[9]), now + lease), math.min(number(found[10]), now + lease)
  for i = 1, select('#', ...) do r[select(i, ...)] = found[10 + i] or '' end
  return r
end

local function is_claimed(r) return r.od == '' and r.w ~= '' and r.l > now end

local function is_open(r) return r.od == '' and (r.x == '' or is_claimed(r)) end

-- One text, with the lengths of its last three parts before it: a client takes apart what it is sent piece by piece.
local function row(r)
  local p, o, q = r.p or '', r.o or '', r.q or ''
  if math.max(#p, #o, #q) > most_bytes then error('BROKEN size') end
  return table.concat({#p, #o, #q, p .. o .. q .. r.id, r.od, r.x, r.y, r.opened, r.v, r.a, r.l, r.c, r.t, now, r.w}, '\n')
end

-- Whoever waits for a request is told of its new version, and whether there is more to come.
local function tell(r) redis.call('PUBLISH', base .. 'c:' .. r.id, whole(r.v) .. (r.od == '' and '+' or '')) end

local function ring(room) redis.call('PUBLISH', base .. 'p:' .. room, '') end

local function close(r, outcome, digest)
  local key, where = hash(r.id), redis.call('HMGET', hash(r.id), 'k', 'room', 'call', 'same')
  local kind, room, call, same = where[1] or '', where[2] or '', where[3] or '', where[4] or ''
  redis.call('PEXPIRE', key, whole(kind == 'ask' and keep or math.min(keep, brief)))
  r.o, r.od, r.w, r.l, r.v = outcome, digest, '', 0, r.v + 1
  redis.call('HSET', key, 'o', outcome, 'od', digest, 'oa', whole(r.a), 'w', '', 'l', 0, 'v', whole(r.v))
  redis.call('ZREM', base .. 'o:' .. room, r.id)
  for _, index in ipairs({'n:' .. kind, 'free', 'leased'}) do redis.call('ZREM', base .. index, r.id) end
  if same ~= '' then
    redis.call('HDEL', base .. 'same:' .. room .. ':' .. same, r.id)
    redis.call('HDEL', base .. 'same:*:' .. same, r.id)
  end
  local called = base .. 'call:' .. kind .. ':' .. call
  if call ~= '' and redis.call('GET', called) == r.id then redis.call('DEL', called) end
  tell(r)
end

-- What is withdrawn and carried out by nobody is over; its outcome says nothing.
local function settled(r)
  if r.od == '' and not is_open(r) then close(r, '', '-') end
  return r
end

-- Those that nobody carries out. One that is broken must not hide the others, and is told of once.
local function rows(ids, index)
  local told = {}
  local function look(id)
    local r = load(id, 'p', 'o', 'q')
    if r and is_open(settled(r)) and not is_claimed(r) then table.insert(told, row(r)) end
    return r
  end
  for _, id in ipairs(ids) do
    local ok, r = pcall(look, id)
    if not ok then table.insert(told, 'BROKEN') end
    if not ok or not r then redis.call('ZREM', base .. index, id) end
  end
  return told
end

-- Its keys stay for `ttl` at least, and its place in indexes that others keep.
local function stays(id, ttl)
  if redis.call('PTTL', hash(id)) >= ttl then return end
  local where = redis.call('HMGET', hash(id), 'k', 'room')
  local all = base .. 'n:' .. (where[1] or '')
  redis.call('PEXPIRE', hash(id), whole(longer(ttl)))
  redis.call('ZADD', all, whole(now + ttl), id)
  for _, key in ipairs({all, base .. 'o:' .. (where[2] or ''), base .. 'free', base .. 'leased'}) do
    stay(key, longer(ttl))
  end
end

-- The first member of an index makes a key of it, which lasts for ever unless it is told otherwise.
local function enters(index, score, id, ttl)
  if redis.call('ZADD', base .. index, score, id) == 1 then stay(base .. index, longer(ttl)) end
end

local function leases(r)
  r.l = now + lease
  enters('leased', whole(r.l), r.id, number(r.ttl))
  stays(r.id, number(r.ttl))
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
    local ok, r = pcall(load, id, 'k')
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
    local ok, r = pcall(load, id, 'p', 'o', 'q')
    if ok and r and r.od == '' and r.x == '' and is_wanted(id) and (not found or r.opened < found.opened) then found = r end
  end
  return found
end

local function repeated(kind, room, call, same, who, is_named)
  if call ~= '' then
    local id = redis.call('GET', base .. 'call:' .. kind .. ':' .. call)
    local found = id and earliest({id}, function() return true end)
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

-- Told without the request itself where it is new: whoever opens it knows it.
function deeds.open(id, request, kind, room, ttl, call, same, who, is_named, most_in_room, most)
  local r = load(id, 'p', 'o', 'q')
  if r then return row(settled(r)) end
  r = repeated(kind, room, call, same, who, is_named)
  if r then return row(r) end
  if redis.call('ZCARD', base .. 'o:' .. room) >= tonumber(most_in_room) then
    local here = open_of_kind('o:' .. room, kind)
    if #here >= tonumber(most_in_room) then return {'room', unpack(here)} end
  end
  if redis.call('ZCARD', base .. 'n:' .. kind) >= tonumber(most) then
    local all = open_of_kind('n:' .. kind, kind)
    if #all >= tonumber(most) then return {'all', unpack(all)} end
  end
  local at, spell, order = whole(now), tonumber(ttl), redis.call('INCR', base .. 'seq')
  redis.call('HSET', hash(id), 'q', request, 'k', kind, 'room', room, 'opened', at, 'ttl', ttl, 'v', 0, 'a', 0,
             'w', '', 'l', 0, 'x', '', 'c', 0, 't', 0, 'free', at, 'oa', 0, 'call', call, 'same', same)
  redis.call('PEXPIRE', hash(id), whole(longer(spell)))
  enters('o:' .. room, order, id, spell)
  enters('free', at, id, spell)
  enters('n:' .. kind, whole(now + spell), id, spell)
  stay(base .. 'seq', spell)
  if call ~= '' then redis.call('SET', base .. 'call:' .. kind .. ':' .. call, id, 'PX', ttl) end
  if same ~= '' then
    for _, where in ipairs({room, '*'}) do
      redis.call('HSET', base .. 'same:' .. where .. ':' .. same, id, who)
      stay(base .. 'same:' .. where .. ':' .. same, spell)
    end
  end
  if kind == 'ask' then
    enters('known', order, id, spell)
    redis.call('ZREMRANGEBYRANK', base .. 'known', 0, -1001)
  end
  ring(room)
  return row({id = id, opened = now, od = '', w = '', x = '', y = '', v = 0, a = 0, c = 0, l = 0, t = 0})
end

function deeds.find(id)
  local r = load(id, 'p', 'o', 'q')
  return r and row(settled(r)) or kept()
end

function deeds.look(id)
  local r = load(id, 'p', 'o')
  return r and row(settled(r)) or kept()
end

function deeds.withdraw(id)
  local r = load(id, 'p', 'o', 'q')
  if not r then return kept() end
  if r.od == '' and r.x == '' then
    spare(hash(id))
    r.x = '1'
    redis.call('HSET', hash(id), 'x', '1')
    if is_claimed(r) then
      r.v = r.v + 1
      redis.call('HSET', hash(id), 'v', whole(r.v))
      tell(r)
    end
    settled(r)
    ring(redis.call('HGET', hash(id), 'room') or '')
  end
  return row(settled(r))
end

-- A client repeats what was not acknowledged: each call is counted once.
function deeds.attend(id, call, waits)
  local r = load(id, 'p', 'o', 'q', 'cs')
  if not r then return kept() end
  spare(hash(id))
  if waits ~= '0' then r.t = now + lease end
  if call ~= '' and not string.find(' ' .. r.cs, ' ' .. call .. ' ', 1, true) then
    r.c, r.cs = r.c + 1, string.sub(call .. ' ' .. r.cs, 1, most_called)
    redis.call('HSET', hash(id), 't', whole(r.t), 'c', whole(r.c), 'cs', r.cs)
  else
    redis.call('HSET', hash(id), 't', whole(r.t))
  end
  return row(settled(r))
end

-- Whoever carries it out sees that with the next renewal: a ring would cost each of them a look.
function deeds.unattend(id)
  local r = load(id, 'p', 'o', 'q', 'cs')
  if not r then return kept() end
  r.t = now
  redis.call('HSET', hash(id), 't', whole(r.t))
  return row(settled(r))
end

function deeds.returned(id)
  local r = load(id, 'p', 'o', 'q')
  if not r then return kept() end
  spare(hash(id))
  r.y = '1'
  redis.call('HSET', hash(id), 'y', '1')
  return row(settled(r))
end

function deeds.waiting(room)
  return rows(redis.call('ZRANGE', base .. 'o:' .. room, 0, -1), 'o:' .. room)
end

function deeds.overdue(unclaimed)
  if redis.call('EXISTS', base .. 'free', base .. 'leased') == 0 then return {'idle'} end
  -- Leases that end later than any can: the clock has gone back.
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', base .. 'leased', whole(now + lease + 1), '+inf', 'LIMIT', 0, 500)) do
    redis.call('ZADD', base .. 'leased', whole(now + lease), id)
  end
  local ids = redis.call('ZRANGEBYSCORE', base .. 'leased', '-inf', whole(now), 'LIMIT', 0, 500)
  local told = rows(ids, 'leased')
  ids = redis.call('ZRANGEBYSCORE', base .. 'free', '-inf', whole(now - tonumber(unclaimed)), 'LIMIT', 0, 500)
  for _, one in ipairs(rows(ids, 'free')) do table.insert(told, one) end
  return told
end

function deeds.claim(id, attempt, worker, nonce)
  local r = load(id, 'p', 'n', 'ttl')
  if not r then return {} end
  settled(r)
  local is_again = r.od == '' and r.n == nonce and r.a == attempt + 1 and r.w == worker
  if not is_again then
    if not is_open(r) or is_claimed(r) or r.a ~= tonumber(attempt) then return {} end
    redis.call('ZREM', base .. 'free', id)
    r.a, r.w, r.v = r.a + 1, worker, r.v + 1
    leases(r)
    redis.call('HSET', hash(id), 'a', whole(r.a), 'w', worker, 'n', nonce, 'l', whole(r.l), 'v', whole(r.v))
    tell(r)
  end
  return row(r)
end

local function ours(id, attempt, worker, ...)
  local r = load(id, ...)
  if r and r.od == '' and r.w ~= '' and r.w == worker and r.a == tonumber(attempt) then return r end
end

function deeds.renew(id, attempt, worker, progress, digest)
  local r = ours(id, attempt, worker, 'pd', 'ttl')
  if not r then return {0, 0, 0} end
  spare(hash(id))
  leases(r)
  if digest == r.pd then
    redis.call('HSET', hash(id), 'l', whole(r.l))
  else
    r.v = r.v + 1
    redis.call('HSET', hash(id), 'l', whole(r.l), 'p', progress, 'pd', digest, 'v', whole(r.v))
    tell(r)
  end
  return {1, r.x == '1' and 1 or 0, r.t > now and 1 or 0}
end

local function answered(id, attempt, digest)
  local before = redis.call('HMGET', hash(id), 'od', 'oa')
  return before[1] == digest and tonumber(before[2]) == tonumber(attempt) and 1 or 0
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
  local r = ours(id, attempt, worker, 'room', 'ttl')
  if not r then return 0 end
  spare(hash(id))
  r.w, r.l, r.v = '', 0, r.v + 1
  redis.call('HSET', hash(id), 'w', '', 'l', 0, 'free', whole(now), 'p', progress, 'pd', digest, 'v', whole(r.v))
  redis.call('ZREM', base .. 'leased', id)
  enters('free', whole(now), id, number(r.ttl))
  stays(id, number(r.ttl))
  tell(r)
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
  local is_there = redis.call('PEXPIRE', key, whole(lease * 2)) == 1
  redis.call('HSET', key, 'w', worker, 'l', whole(now + lease))
  if not is_there then redis.call('PEXPIRE', key, whole(lease * 2)) end
  -- What was said is kept from when it is left.
  redis.call('PEXPIRE', base .. 'note:' .. room, whole(keep))
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

-- What a subject has spent of its rate, in ms, as the instant at which nothing of it is left: one key, which ends then.
function deeds.charge(most, each)
  local key = base .. 'rate'
  local spent = math.min(math.max(number(redis.call('GET', key) or '0') - now, 0), number(most))
  local over = spent + number(each) - number(most)
  if over > 0.01 then return whole(math.ceil(over)) end
  redis.call('SET', key, string.format('%.3f', now + spent + number(each)), 'PX', whole(math.ceil(spent + number(each))))
  return '0'
end
