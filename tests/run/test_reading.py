"""What curves say: every rule holds where it should, and nowhere else."""

import json

import pytest

from playground.run import goodhart, reading
from playground.run.goodhart import Point

CALM = {
    "reward": [0.0, 0.1, 0.3, 0.5, 0.6, 0.8, 0.9, 1.0, 1.1, 1.2],
    "kl": [0.0, 0.2, 0.5, 0.9, 1.2, 1.6, 2.0, 2.3, 2.6, 2.9],
    "gold": [0.5, 0.6, 0.7, 0.9, 1.0, 1.1, 1.2, 1.2, 1.3, 1.3],
    "length": [20.0] * 10,
    "entropy": [1.0] * 10,
    "repetition": [0.0] * 10,
    "clip_fraction": [0.1] * 10,
    "explained_variance": [0.2] * 10,
    "retention": [1.0, None, None, 0.99, None, None, 0.98, None, None, 0.98],
}
STEPS = list(range(1, 11))


def names(**changed) -> list[str]:
    return [one.name for one in reading.read(STEPS, CALM | changed)]


def test_a_calm_run_is_only_praised():
    assert names() == ["reward"]
    (found,) = reading.read(STEPS, CALM)
    assert found.level == "good" and "0.13 to 1.1" in found.words


@pytest.mark.parametrize(
    ("changed", "name", "level"),
    [
        ({"gold": [0.5, 0.9, 1.4, 1.5, 1.4, 1.2, 1.0, 0.6, 0.2, 0.1]}, "over-optimisation", "alarm"),
        ({"kl": [0.0, 1, 4, 9, 15, 22, 28, 33, 40, 44]}, "KL blow-up", "alarm"),
        ({"length": [20, 20, 21, 22, 25, 30, 34, 38, 40, 40]}, "length", "alarm"),
        ({"length": [20, 20, 20, 12, 10, 8, 6, 5, 4, 4]}, "length", "alarm"),
        ({"entropy": [1.0, 1.0, 0.9, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.1]}, "entropy collapse", "alarm"),
        ({"repetition": [0.0, 0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.6, 0.6]}, "repetition", "alarm"),
        ({"clip_fraction": [0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]}, "clipping", "note"),
        ({"explained_variance": [-0.5] * 10}, "value model", "note"),
        ({"retention": [1.0, *[None] * 8, 0.9]}, "forgetting", "note"),
        ({"eval_loss": [2.0, 1.5, 1.2, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6]}, "overfitting", "note"),
        ({"reward": [0.5, 0.4] * 5, "kl": [0.1] * 10}, "reward", "note"),
        (
            {"reward": [0, 0.5, 0.9, 1.1, *[1.2] * 6], "kl": [0, 0, 1, 1, 2, 3, 4, 5, 6, 7]},
            "drift", "note",
        ),
    ],
)
def test_each_rule_is_seen_and_told(changed, name, level):
    found = {one.name: one for one in reading.read(STEPS, CALM | changed)}
    assert found[name].level == level and found[name].words and found[name].rule and found[name].remedy
    assert set(found) <= {name, "reward"}


@pytest.mark.parametrize("passes", [2, 3, 4])
def test_a_reward_that_is_known_once_an_update_is_read_beside_the_kl_of_that_update(passes):
    """GRPO logs its KL at every pass over the answers, and their reward at the first."""
    updates = range(10)
    steps = list(range(1, 10 * passes + 1))
    rows = [(0.3 * update, None if at else 0.1 * update) for update in updates for at in range(passes)]
    spread = {"kl": [kl for kl, _ in rows], "reward": [reward for _, reward in rows]}
    for end in range(1, len(steps) + 1):
        found = reading.read(steps[:end], {name: values[:end] for name, values in spread.items()})
        assert {one.name for one in found} <= {"reward"}


def test_the_gravest_is_told_first_and_nothing_is_said_too_early():
    assert names(kl=[30.0] * 10, clip_fraction=[0.9] * 10) == ["KL blow-up", "clipping", "reward"]
    early = {name: values[:3] for name, values in CALM.items()}
    assert reading.read(STEPS[:3], early | {"kl": [90.0] * 3}) == []
    assert reading.read([], {}) == []


def test_the_peak_is_the_highest_gold_and_is_left_behind_only_for_good():
    def run(golds, rewards=None):
        rewards = rewards or range(len(golds))
        return [Point(n, n * 1.0, r, g) for n, (g, r) in enumerate(zip(golds, rewards, strict=True), 1)]

    hacked = run([0.9, 1.2, 1.5, 1.0, 0.4])
    assert goodhart.peak(hacked).step == 3 and goodhart.fallen(hacked).step == 3
    assert goodhart.fallen(run([0.9, 1.2, 1.5, 1.0, 1.6])) is None
    assert goodhart.fallen(run([0.9, 1.5, 1.4, 1.45])) is None
    assert goodhart.fallen(run([0.9, 1.5, 0.2])) is None  # one measurement is no alarm
    assert goodhart.fallen(run([0.9, 1.5, 0.4, 0.4], [3, 3, 1, 1])) is None  # the reward fell as well
    assert goodhart.peak(run([None, None])) is None and goodhart.fallen([]) is None
    assert Point(1, -0.04, 0.0).distance == 0.0 and Point(1, 9.0, 0.0).distance == 3.0


def test_points_are_read_where_a_reward_was_given(tmp_path):
    rows = [
        {"step": 1, "time": 0, "values": {"reward": 0.1, "kl": 0.0, "gold": 1.0}},
        {"step": 2, "time": 0, "values": {"loss": 0.1}},
        {"step": 3, "time": 0, "values": {"reward": 0.4, "kl": 1.0, "gold": 1.4}},
    ]
    (tmp_path / "metrics.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert goodhart.points(tmp_path) == [Point(1, 0.0, 0.1, 1.0), Point(3, 1.0, 0.4, 1.4)]
