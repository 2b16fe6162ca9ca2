"""Seeded numbers that cost no state: the same key always gives the same draws.

Why: a record must be rebuilt from its position alone, millions of them, in any order. The
generator of `random` costs several microseconds to seed for each record; a mixed 64-bit integer
costs less than one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_MASK = (1 << 64) - 1
_FIRST = 0xBF58476D1CE4E5B9
_SECOND = 0x94D049BB133111EB
_FIRST_INVERSE = pow(_FIRST, -1, 1 << 64)
_SECOND_INVERSE = pow(_SECOND, -1, 1 << 64)
_STEP = 0x9E3779B97F4A7C15
_FACTOR = 6364136223846793005
_ADDEND = 1442695040888963407


def mix(value: int) -> int:
    """The 64-bit integer that *value* maps to; one to one (the finalizer of splitmix64)."""
    value &= _MASK
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)


def unmix(value: int) -> int:
    """The 64-bit integer that `mix` maps to *value*."""
    value = ((value ^ (value >> 31) ^ (value >> 62)) * _SECOND_INVERSE) & _MASK
    value = ((value ^ (value >> 27) ^ (value >> 54)) * _FIRST_INVERSE) & _MASK
    return value ^ (value >> 30) ^ (value >> 60)


def salt(seed: int, label: str) -> int:
    """A 64-bit key for all that *label* stands for in the data set of *seed*."""
    return mix(mix(seed) + crc32(label.encode()) * _STEP)


def key(salt_: int, number: int, version: int = 0) -> int:
    """A 64-bit key for one numbered thing in one version."""
    return mix(salt_ + number * _STEP + version * _FIRST)


class Draws:
    """A short run of draws from one key; each call moves on by one."""

    __slots__ = ("_state",)

    def __init__(self, key_: int) -> None:
        self._state = key_

    def below(self, limit: int) -> int:
        """An integer n with 0 <= n < *limit*; *limit* is at most 2**31."""
        self._state = state = (self._state * _FACTOR + _ADDEND) & _MASK
        return (state >> 33) % limit

    def between(self, low: int, high: int) -> int:
        """An integer n with *low* <= n <= *high*."""
        return low + self.below(high - low + 1)

    def pick(self, options: Sequence[T]) -> T:
        """One of *options*."""
        # The same step as in `below`: a call less, in the place that is called most.
        self._state = state = (self._state * _FACTOR + _ADDEND) & _MASK
        return options[(state >> 33) % len(options)]

    def one_in(self, number: int) -> bool:
        """True once in *number* calls, on average."""
        self._state = state = (self._state * _FACTOR + _ADDEND) & _MASK
        return (state >> 33) % number == 0
