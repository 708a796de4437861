"""Charts are pure: the same rows give the same figure, labels stand at the ends of lines."""

import math

import pytest

from playground.run.goodhart import Point
from playground.training import dpo, group_trainer, ppo_trainer, reward, sft
from playground.ui import charts, panels
from playground.ui.theme import STAGE_COLOURS


def test_curves_leave_gaps_out_and_label_the_end():
    figure = charts.curves({"sft-0001": ([1, 2, 3], [3.0, None, 1.0]), "dpo-0001": ([1], [None])}, "loss")
    assert len(figure.data) == 1
    assert list(figure.data[0].x) == [1, 3] and list(figure.data[0].y) == [3.0, 1.0]
    assert figure.layout.annotations[0].text == "sft-0001 1"
    assert figure.data[0].line.color == STAGE_COLOURS["sft"][0]


def test_reward_and_gold_stand_against_the_root_of_kl():
    points = [Point(1, 0.0, 0.1, 1.0), Point(2, 4.0, 0.5, 2.0), Point(3, 9.0, 0.9, None)]
    figure = charts.overoptimisation({"ppo-0001": points, "best-0001": points[:1]})
    reward, gold, ring = figure.data[:3]
    assert list(reward.x) == [0, 2, 3] and list(gold.y) == [1, 2] and (ring.x[0], ring.y[0]) == (2, 2)
    assert figure.layout.annotations[0].text == "ppo-0001: best at 2"


def test_intervals_reach_from_low_to_high():
    figure = charts.intervals(
        [{"model": "pocket", "domain": 0.5, "domain_low": 0.4, "domain_high": 0.7}], "domain"
    )
    bar = figure.data[0].error_x
    assert (round(bar.array[0], 6), round(bar.arrayminus[0], 6)) == (0.2, 0.1)


METER = ("gain", "train_gain", "retention")


@pytest.mark.parametrize("module", [sft, dpo, reward])
def test_panels_show_metrics_that_the_stage_logs(module):
    stage = module.__name__.rpartition(".")[2]
    logged = set(module.METRICS.values()) | {"kl", "gold", *METER}
    assert {line.key for panel in panels.PANELS[stage] for line in panel.series} <= logged


def test_rollouts_show_reward_before_kl_before_gold():
    for stage, metrics in (("ppo", ppo_trainer.METRICS), ("grpo", group_trainer.METRICS)):
        shown = [line.key for panel in panels.PANELS[stage] for line in panel.series]
        assert shown[:3] == ["reward", "kl", "gold"]
        assert set(shown) <= {*metrics.values(), *METER}


def test_colours_reach_the_contrast_for_text():
    grounds = ("#ffffff", "#151d1c")
    for pair in STAGE_COLOURS.values():
        for colour, ground in zip(pair, grounds, strict=True):
            assert contrast(colour, ground) >= 4.5, (colour, ground)


def contrast(one, other):
    """Contrast ratio of WCAG 2.2."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else math.pow((p + 0.055) / 1.055, 2.4) for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
