"""A process's way to a Redis or Valkey: its client, its leases, and the scripts that write.

Core commands of Redis 6.2 and Lua only, so no modules are needed. Each script is one atomic step.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from redis import ConnectionPool, Redis, RedisError

from langvel.checkpointers.effects import Effect
from langvel.checkpointers.leases import SECONDS, LeaseLocks
from langvel.exceptions import CheckpointerUnreachable, LockLost

TAKE = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
RENEW = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
"""
DROP = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""

# A thread is one sorted set, its index, and one hash with the values; both expire together.
# 'keep' does not replace a value, 'blob' is not in the index: it is found by its name.
WRITE = """
if ARGV[1] ~= '' and redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
for at = 3, #ARGV, 3 do
    local how, field, value = ARGV[at], ARGV[at + 1], ARGV[at + 2]
    redis.call(how == 'keep' and 'HSETNX' or 'HSET', KEYS[2], field, value)
    if how ~= 'blob' then redis.call('ZADD', KEYS[1], 0, field) end
end
if ARGV[2] ~= '0' then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return 1
"""

# The checkpoint named by the whole field, or the last one that begins like it; its channel values
# and its writes.
READ = """
local field = redis.call('ZREVRANGEBYLEX', KEYS[1], ARGV[2], ARGV[1], 'LIMIT', 0, 1)[1]
if not field then return false end
local values = {}
for at, blob in ipairs(cjson.decode(redis.call('HGET', KEYS[2], 'v' .. field))) do
    values[at] = redis.call('HGET', KEYS[2], blob)
end
local writes = {}
local first = 'w' .. string.sub(field, 2) .. '\\0'
for _, write in ipairs(redis.call('ZRANGEBYLEX', KEYS[1], '[' .. first, '(' .. first .. '\\255')) do
    table.insert(writes, write)
    table.insert(writes, redis.call('HGET', KEYS[2], write))
end
return {field, redis.call('HGET', KEYS[2], field), values, writes}
"""

How = Literal["set", "keep", "blob"]
Entry = tuple[How, str, bytes]
PREFIX = "langvel"
_INDEX = f"{PREFIX}:index:"


class Pool(ConnectionPool):
    """Says what to look at when there is no connection to be had."""

    def get_connection(self, *args: Any, **options: Any) -> Any:
        try:
            return super().get_connection(*args, **options)
        except RedisError as error:
            raise CheckpointerUnreachable("Redis", variable="REDIS_URL", reason=error) from error


class RedisServer:
    """One process's way to one server."""

    def __init__(self, url: str, *, lease: float) -> None:
        pool = Pool.from_url(url, protocol=2, health_check_interval=30)
        self.client: Any = Redis.from_pool(pool)
        self.locks = LeaseLocks(RedisLeases(self.client), seconds=lease)
        self._write = self.client.register_script(WRITE)
        self._read = self.client.register_script(READ)

    def write(self, thread_id: str, entries: Sequence[Entry], *, milliseconds: int) -> None:
        """Store all entries or, if this process lost the thread to another, none: LockLost."""
        token = self.locks.token_of(thread_id) or ""
        flat = [part for entry in entries for part in entry]
        keys = [*_keys(thread_id), lock_key(thread_id)]
        if not self._write(keys=keys, args=[token, milliseconds, *flat]):
            raise LockLost(thread_id)

    def read(self, thread_id: str, *, first: str, last: str) -> Any:
        """The last checkpoint between two bounds as Redis spells them, or None."""
        return self._read(keys=_keys(thread_id), args=[first, last.encode("latin-1")])

    def fields(self, thread_id: str) -> list[str]:
        """The index of a thread, newest checkpoint of each namespace first."""
        found = self.client.zrevrangebylex(_keys(thread_id)[0], "+", "-")
        return [field.decode() for field in found]

    def threads(self) -> list[str]:
        found = self.client.scan_iter(match=f"{_INDEX}*", count=1000)
        return sorted({key.decode().removeprefix(_INDEX) for key in found})

    def delete(self, thread_id: str) -> None:
        self.client.delete(*_keys(thread_id))


class RedisLeases:
    def __init__(self, client: Any) -> None:
        self._take = client.register_script(TAKE)
        self._renew = client.register_script(RENEW)
        self._drop = client.register_script(DROP)

    def take(self, thread_id: str, token: str, seconds: float) -> bool:
        return bool(self._take(keys=[lock_key(thread_id)], args=[token, int(seconds * 1000)]))

    def renew(self, held: Mapping[str, str], seconds: float) -> None:
        for thread_id, token in held.items():
            self._renew(keys=[lock_key(thread_id)], args=[token, int(seconds * 1000)])

    def drop(self, thread_id: str, token: str) -> None:
        self._drop(keys=[lock_key(thread_id)], args=[token])


class RedisEffects:
    """Effects in one hash a thread, kept for as long as a thread that has a `ttl`."""

    def __init__(self, client: Any, *, ttl: float | None) -> None:
        self._client = client
        self._ttl = ttl

    def claim(self, effect: Effect) -> bool:
        with self._client.pipeline() as both:
            both.hsetnx(*_place(effect), b"")
            if self._ttl:
                both.pexpire(_place(effect)[0], int(self._ttl * 1000))
            return bool(both.execute()[0])

    def result(self, effect: Effect) -> bytes | None:
        return self._client.hget(*_place(effect)) or None

    def finish(self, effect: Effect, result: bytes) -> None:
        self._client.hset(*_place(effect), result)

    def forget(self, effect: Effect) -> None:
        self._client.hdel(*_place(effect))


def _place(effect: Effect) -> tuple[str, str]:
    return f"{PREFIX}:effects:{effect.thread_id}", f"{effect.task}\0{effect.key}"


def lock_key(thread_id: str) -> str:
    return f"{PREFIX}:lock:{thread_id}"


def _keys(thread_id: str) -> list[str]:
    return [f"{_INDEX}{thread_id}", f"{PREFIX}:data:{thread_id}"]


_servers: dict[tuple[int, str, float], RedisServer] = {}
_guard = threading.Lock()


def redis_server(url: str, *, lease: float = SECONDS) -> RedisServer:
    """This process's RedisServer for the address; a forked child gets its own."""
    with _guard:
        key = (os.getpid(), url, lease)
        if key not in _servers:
            _servers[key] = RedisServer(url, lease=lease)
        return _servers[key]
