"""How often something may be done: a bucket of tokens for each key, in bounded memory."""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from playground.store.accounts import key_of


class Limiter:
    """`burst` at once, and one more every `seconds`, for each key.

    Of the keys the most recent `most` are remembered: nobody can fill the memory with them.
    """

    def __init__(
        self, burst: int, seconds: float, most: int = 10_000, clock: Callable[[], float] = time.monotonic
    ):
        self.burst, self.seconds, self.most = burst, seconds, most
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> float:
        """0 where a token was taken; else the seconds until there is one, and nothing is taken."""
        with self._lock:
            left, now = self._left(key)
            if left < 1:
                return (1 - left) * self.seconds
            self._keep(key, left - 1, now)
            return 0.0

    def give_back(self, key: str) -> None:
        """Undo a `take`: what was done does not count."""
        with self._lock:
            left, now = self._left(key)
            self._keep(key, min(self.burst, left + 1), now)

    def forget(self) -> None:
        """All buckets are full again."""
        with self._lock:
            self._buckets.clear()

    def _left(self, key: str) -> tuple[float, float]:
        now = self._clock()
        left, seen = self._buckets.get(key, (float(self.burst), now))
        return min(self.burst, left + (now - seen) / self.seconds), now

    def _keep(self, key: str, left: float, now: float) -> None:
        self._buckets[key] = left, now
        self._buckets.move_to_end(key)
        while len(self._buckets) > self.most:
            self._buckets.popitem(last=False)


class Tries:
    """How often passwords may be tried: from one address, for one name from one address, for one name."""

    def __init__(self):
        self._limits = (Limiter(30, 30), Limiter(10, 60), Limiter(100, 10))

    def take(self, name: str, address: str) -> float:
        """0 where one more try is allowed; else seconds to wait."""
        for limit, key in self._keys(name, address):
            if wait := limit.take(key):
                return wait
        return 0.0

    def succeeded(self, name: str, address: str) -> None:
        """A try that was right does not count."""
        for limit, key in self._keys(name, address):
            limit.give_back(key)

    def forget(self) -> None:
        for limit in self._limits:
            limit.forget()

    def _keys(self, name: str, address: str):
        name, address = key_of(name)[:200], network_of(address)
        return zip(self._limits, (address, f"{address}\n{name}", name), strict=True)


def network_of(address: str) -> str:
    """What one line to the internet has: an IPv4 address, or all those of an IPv6 /64."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return address
    return str(found.ipv4_mapped or ipaddress.ip_network((int(found) & ~(2**64 - 1), 64)))


class Limits:
    """Every limit of one app."""

    def __init__(self):
        self.tries = Tries()
        self.writes = Limiter(burst=120, seconds=0.2)
        """What one person writes."""
        self.crowd = Limiter(burst=1200, seconds=0.02)
        """What those without an account write from one address: a classroom has one."""
        self.refusals = Limiter(burst=60, seconds=1)
        """Refusals of one address that are written down."""

    def forget(self) -> None:
        """Begin anew."""
        for limit in (self.tries, self.writes, self.crowd, self.refusals):
            limit.forget()
