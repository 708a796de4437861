"""How often something may be done: a bucket of tokens for each key, in bounded memory."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


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

    def _left(self, key: str) -> tuple[float, float]:
        now = self._clock()
        left, seen = self._buckets.get(key, (float(self.burst), now))
        return min(self.burst, left + (now - seen) / self.seconds), now

    def _keep(self, key: str, left: float, now: float) -> None:
        self._buckets[key] = left, now
        self._buckets.move_to_end(key)
        while len(self._buckets) > self.most:
            self._buckets.popitem(last=False)
