"""The same float32 arithmetic of a training step, in less time on a CPU."""

import contextlib
import ctypes
import functools

from transformers import GenerationMixin

from playground.model import generate
from playground.training import lowrank, norms, products

WIDTH = 8
"""What the width of a batch is a multiple of: oneDNN prepares products of each new size anew, and graphics
cards like it too."""
TRIM, MAPPED = -1, -3
"""Numbers of two settings in glibc's malloc.h."""
KEPT = 256 * 2**20
"""Free bytes at the end of its heap that a process keeps, instead of asking the system for them anew, page by
page, at every step; for good, also after the run."""
LARGEST = 32 * 2**20
"""Bytes of the largest block that is kept; glibc allows no more."""


@contextlib.contextmanager
def arithmetic():
    """Around a run: fewer passes over memory, by the faster library. Networks stay as they are."""
    _keep_memory()
    plain = GenerationMixin.generate

    def generate(self, *arguments, **options):
        with lowrank.whole():
            return plain(self, *arguments, **options)

    GenerationMixin.generate = generate
    try:
        with products.chosen(), lowrank.fused(), norms.fused():
            yield
    finally:
        GenerationMixin.generate = plain


@contextlib.contextmanager
def writing(rows: int):
    """Around the writing of so many answers at once, in which nothing learns."""
    with products.of_few(rows), lowrank.whole():
        yield


def wide(tokens: int, network=None) -> int:
    """The width of a batch whose longest text has so many tokens; with a network, within its context."""
    most = tokens + WIDTH if network is None else max(tokens, generate.context_of(network))
    return min(tokens + -tokens % WIDTH, most)


@functools.cache
def _keep_memory() -> None:
    """Where the system's allocator is glibc's."""
    with contextlib.suppress(OSError, AttributeError):
        system = ctypes.CDLL(None)
        system.mallopt(MAPPED, LARGEST)
        system.mallopt(TRIM, KEPT)
