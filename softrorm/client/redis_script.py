"""The scripts that keep a rate budget inside Redis: the rule of :mod:`softrorm.client.throttle` in Redis' own language.

Redis runs a script whole, so whatever many machines ask at once is answered in one order, on Redis' own clock. The
numbers of the rule are taken from that module, and a property test drives both homes of the rule through the
same random programs.

A budget is four keys: a hash of what is believed, the starts handed out (as many as the limit), and the moments of
the answers that were accepted and refused. All scripts take, as arguments, the caller's limit and burst and the
longest wait that is of use, and then the ages in seconds of the accepted answers that Redis has not heard of.
"""

from __future__ import annotations

from hashlib import sha1

from softrorm.client import throttle

KEYS = ("budget", "starts", "accepted", "refused")
KEPT = 600
"""Seconds after which an unused budget is forgotten; all that it learnt has faded by then."""

_NUMBERS = {
    "MARGIN": throttle.MARGIN,
    "REFUSALS_TO_STEP": throttle.REFUSALS_TO_STEP,
    "PATIENCE": throttle.PATIENCE,
    "PATIENCE_AFTER_STEP": throttle.PATIENCE_AFTER_STEP,
    "STEP_EVERY": throttle.STEP_EVERY,
    "PAUSE": throttle.PAUSE,
    "CLIMB": throttle.CLIMB,
    "REMEMBER": throttle.REMEMBER,
    "DEEPEST_STEP": throttle.DEEPEST_STEP,
    "SLOWEST": throttle.SLOWEST,
    "OVERFLOWS": throttle.OVERFLOWS,
    "KEPT": KEPT,
}

_COMMON = """
local budget, starts, accepted, refused = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local limit, burst, within = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] + time[2] / 1e6

local known = redis.call('HMGET', budget, 'seen', 'next', 'paused_until', 'stepped_at', 'ceiling', 'was_refused')
if known[1] and now < known[1] - 1 then
  -- Another server has taken over, whose clock is behind: its callers would wait for the other's future.
  redis.call('DEL', budget, starts, accepted, refused)
  known = {}
end
local next_start = tonumber(known[2] or now)
local paused_until = tonumber(known[3] or 0)
local stepped_at = tonumber(known[4] or 0)
local ceiling = tonumber(known[5] or math.huge)
if known[6] then burst = 1 end

local function stamp(moment)
  return string.format('%.6f', moment)  -- Lua's own way keeps 14 digits, which is a tenth of a millisecond
end

local function keep(longest)
  redis.call('HSET', budget, 'seen', stamp(now))
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, math.ceil((longest + KEPT) * 1000)) end
end

local function believed()
  local since = now - stepped_at
  if since < REMEMBER then return math.min(limit, ceiling * math.min(1, MARGIN * CLIMB ^ since)) end
  return math.min(limit, ceiling * CLIMB ^ math.min(since - REMEMBER, OVERFLOWS))
end

local function forget(list)
  local patience = PATIENCE
  if now < stepped_at + REMEMBER then patience = PATIENCE_AFTER_STEP end
  local oldest = redis.call('LINDEX', list, 0)
  while oldest and tonumber(oldest) < now - patience do
    redis.call('LPOP', list)
    oldest = redis.call('LINDEX', list, 0)
  end
  return tonumber(oldest or now)
end

for i = 4, #ARGV do
  -- What was answered before the end of a pause was asked at the pace before the step.
  if now - ARGV[i] >= paused_until then redis.call('RPUSH', accepted, stamp(now - ARGV[i])) end
end
local first = forget(accepted)
"""

_RESERVE = """
local interval = 1 / (MARGIN * believed())
local rest = (burst - 1) * interval
local due = next_start
local start = math.max(now, due - rest, paused_until)
local full = math.max(1, math.floor(limit))
local guard = redis.call('LINDEX', starts, -full)
if guard and guard + 1 / MARGIN > start then
  start = guard + 1 / MARGIN
  due = start + rest
end
local wait = start - now
if wait > within then
  keep(0)
  return -1
end
redis.call('HSET', budget, 'next', stamp(math.max(due, start) + interval))
redis.call('RPUSH', starts, stamp(start))
redis.call('LTRIM', starts, -full, -1)
keep(wait)
return math.floor(wait * 1e6 + 0.5)
"""

_REFUSED = """
redis.call('HSET', budget, 'was_refused', 1)
local pace = 0
if now >= paused_until then
  redis.call('RPUSH', refused, stamp(now))
  first = math.min(first, forget(refused))
  if redis.call('LLEN', refused) >= REFUSALS_TO_STEP and now - stepped_at >= STEP_EVERY then
    local rate = believed()
    local goodput = math.min(redis.call('LLEN', accepted) / math.max(now - first, PATIENCE), rate)
    ceiling = math.max(goodput, rate * DEEPEST_STEP, math.min(SLOWEST, limit))
    stepped_at, paused_until = now, now + PAUSE
    pace = believed()
    redis.call('HSET', budget, 'ceiling', string.format('%.9f', ceiling), 'stepped_at', stamp(now),
      'paused_until', stamp(paused_until), 'next', stamp(math.max(next_start, paused_until)))
    redis.call('DEL', accepted, refused)
  end
end
keep(math.max(0, next_start - now))
return math.floor(pace * 1e6)
"""


class Script:
    """A script, and the digest by which Redis knows it once it has seen it."""

    def __init__(self, body: str) -> None:
        numbers = "".join(f"local {name} = {value}\n" for name, value in _NUMBERS.items())
        self.text = numbers + _COMMON + body
        self.digest = sha1(self.text.encode(), usedforsecurity=False).hexdigest()


RESERVE = Script(_RESERVE)
"""Reserves the next free start: microseconds to wait for it, or -1, with nothing reserved, if that is too long."""
REFUSED = Script(_REFUSED)
"""Learns of a 429: where it makes the pace step down, that pace in requests per million seconds, else 0."""
