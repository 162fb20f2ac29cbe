"""Token buckets in memory that the worker processes share, in a table that never grows.

A bucket needs one number: the moment at which it will be full again (the "generic cell rate
algorithm"). The table is made before the workers are forked, so that they all count in it; a lock
of the operating system keeps them apart and is let go of when a process is killed. Who asks is kept
as a keyed hash. Where a set of the table is full, the bucket that is the fullest is forgotten:
almost always one that is full, so that nothing is.
"""

from __future__ import annotations

import fcntl
import hashlib
import math
import mmap
import os
import secrets
import struct
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass

WAYS = 8  # buckets per set
SETS = 8_192
_SET = struct.Struct(f"={WAYS}Q{WAYS}d")  # hashes, and the moments at which they are full
_HASH, _MOMENT = struct.Struct("=Q"), struct.Struct("=d")
MINUTE = 60.0
ROUNDING = 1e-6  # far less than a token


@dataclass(frozen=True)
class Taken:
    """What came of asking for a token.

    Attributes:
        allowed: whether there was one.
        limit: tokens in a full bucket, which is what a minute adds.
        left: whole tokens that are left.
        full_in: seconds until the bucket is full again.
        retry_in: seconds until there is a token; 0 where there is one.
    """

    allowed: bool
    limit: int
    left: int
    full_in: float
    retry_in: float


class Buckets:
    """A table of buckets, shared with the processes that are forked after it was made.

    Args:
        sets: its size; a set holds eight buckets of 16 bytes.
        monotonic: a clock that never goes back, the same in all processes.
    """

    def __init__(self, sets: int = SETS, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sets = sets
        self._monotonic = monotonic
        self._memory = mmap.mmap(-1, sets * _SET.size)
        self._secret = secrets.token_bytes(16)
        self._lock = threading.Lock()
        self._between, path = tempfile.mkstemp()  # only to lock parts of; stays empty
        os.unlink(path)
        weakref.finalize(self, os.close, self._between)

    @property
    def size(self) -> int:
        """Bytes of the table."""
        return len(self._memory)

    def take(self, name: str, limit: int) -> Taken:
        """Take a token from a bucket; what was refused costs none.

        Args:
            name: whose bucket.
            limit: tokens per minute, and in a full bucket.
        """
        mark = self._hash(name)
        start = mark % self._sets * _SET.size
        with self._lock:
            fcntl.lockf(self._between, fcntl.LOCK_EX, 1, start)
            try:
                now = self._monotonic()
                place, full_at = self._claimed(mark, start)
                taken, after = _asked(full_at, now, limit)
                if taken.allowed:
                    _MOMENT.pack_into(self._memory, place, after)
            finally:
                fcntl.lockf(self._between, fcntl.LOCK_UN, 1, start)
        return taken

    def look(self, name: str, limit: int) -> Taken:
        """Tell what ``take`` would find, and take nothing; does not wait for others."""
        return _asked(self._read(name), self._monotonic(), limit)[0]

    def mark(self, name: str, seconds: float) -> None:
        """Remember a name for some time."""
        mark = self._hash(name)
        start = mark % self._sets * _SET.size
        with self._lock:
            fcntl.lockf(self._between, fcntl.LOCK_EX, 1, start)
            try:
                place, _ = self._claimed(mark, start)
                _MOMENT.pack_into(self._memory, place, self._monotonic() + seconds)
            finally:
                fcntl.lockf(self._between, fcntl.LOCK_UN, 1, start)

    def is_marked(self, name: str) -> bool:
        """Tell whether a name is remembered; does not wait for others."""
        return self._read(name) > self._monotonic()

    def _read(self, name: str) -> float:
        mark = self._hash(name)
        values = _SET.unpack_from(self._memory, mark % self._sets * _SET.size)
        marks = values[:WAYS]
        return float(values[WAYS + marks.index(mark)]) if mark in marks else 0.0

    def _claimed(self, mark: int, start: int) -> tuple[int, float]:
        """Return where the moment of a name stands, and the moment; its set is locked."""
        values = _SET.unpack_from(self._memory, start)
        marks, moments = values[:WAYS], values[WAYS:]
        if mark in marks:
            way = marks.index(mark)
            return _moment_at(start, way), moments[way]
        way = moments.index(min(moments))
        _HASH.pack_into(self._memory, start + way * _HASH.size, mark)
        _MOMENT.pack_into(self._memory, _moment_at(start, way), 0.0)
        return _moment_at(start, way), 0.0

    def _hash(self, name: str) -> int:
        text = name.encode("utf-8", "surrogatepass")
        digest = hashlib.blake2b(text, digest_size=8, key=self._secret).digest()
        return _HASH.unpack(digest)[0] or 1  # 0 is the hash of an unused place


def _asked(full_at: float, now: float, limit: int) -> tuple[Taken, float]:
    """Return what comes of asking, and when the bucket would be full after that."""
    each = MINUTE / limit
    after = max(full_at, now) + each
    if after - now > MINUTE + ROUNDING:
        return Taken(False, limit, 0, after - each - now, after - now - MINUTE), after
    left = math.floor((MINUTE - (after - now)) / each + ROUNDING)
    return Taken(True, limit, left, after - now, 0.0), after


def _moment_at(start: int, way: int) -> int:
    return start + WAYS * _HASH.size + way * _MOMENT.size
