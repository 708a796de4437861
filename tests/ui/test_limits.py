"""Buckets empty, fill again, and forget the oldest keys."""

from playground.ui.limits import Limiter


def test_a_bucket_empties_and_fills():
    now = [0.0]
    limit = Limiter(burst=2, seconds=10, clock=lambda: now[0])
    assert [limit.take("a") for _ in range(3)] == [0, 0, 10]
    assert limit.take("b") == 0
    now[0] = 4
    assert limit.take("a") == 6
    now[0] = 10
    assert [limit.take("a"), limit.take("a")] == [0, 10]
    limit.give_back("a")
    assert limit.take("a") == 0
    now[0] = 1e6
    assert [limit.take("a") for _ in range(3)] == [0, 0, 10]


def test_memory_is_bounded():
    limit = Limiter(burst=1, seconds=1e9, most=100)
    for number in range(10_000):
        limit.take(str(number))
    assert len(limit._buckets) == 100
    assert limit.take("9999") > 0
