"""The learning-rate search: a rate that rises by the same factor, and the rule that reads its losses."""

import math

import numpy
import pytest

from playground.errors import ConflictError, InputError
from playground.model.tuning.full import FullTuning
from playground.model.tuning.lora import LoRA
from playground.run.job import Run
from playground.training.rates import Rates, RateSearch, find_learning_rate, smooth
from playground.training.sft import SFT

RATES = [10 ** (-6 + place / 10) for place in range(60)]


def test_rates_rise_by_one_factor_from_the_lowest_to_the_highest():
    search = RateSearch(steps=21, lowest=1e-5, highest=1e-1)
    assert search.rate(0) == pytest.approx(1e-5) and search.rate(20) == pytest.approx(1e-1)
    assert search.rate(10) == pytest.approx(1e-3)
    with pytest.raises(InputError, match="They rise"):
        RateSearch(lowest=1e-2, highest=1e-2)


def test_smoothing_is_not_biased_at_first():
    assert smooth([2.0, 2.0, 2.0]) == pytest.approx([2.0, 2.0, 2.0])
    assert smooth([1.0, 2.0], weight=0.5) == pytest.approx([1.0, (0.25 + 1.0) / 0.75])


def test_the_suggestion_lies_between_the_fastest_fall_and_the_lowest_loss():
    # Slow to 1e-4, fast to 1e-3, slow to 1e-2, then it explodes.
    falls = [(-6, 4.0), (-4, 3.8), (-3, 1.8), (-2, 1.6), (0, 300.0)]
    losses = numpy.interp([math.log10(rate) for rate in RATES], *zip(*falls, strict=True)).tolist()
    found = Rates.told(RATES, losses)
    lowest = found.rates[found.smoothed.index(min(found.smoothed))]
    assert lowest == pytest.approx(1e-2, rel=0.6) and 1.5e-3 < found.suggestion < 4e-3
    assert f"{lowest:.2g}, where it is lowest" in found.rule
    assert list(found.to_pandas()) == ["rate", "loss", "smoothed"]
    assert len(found.plot().data) == 2
    with pytest.raises(InputError, match="followed over 5 rates"):
        Rates.told(RATES[:5], losses[:5])
    with pytest.raises(InputError, match="almost at once"):
        Rates.told(RATES[40:], losses[40:])


def test_a_search_keeps_no_weights_and_ends_where_the_loss_explodes(home, tiny, examples):
    run = RateSearch(tuning=FullTuning(), steps=40, lowest=1e-4, highest=10.0).fit(tiny, examples)
    assert run.state == "completed" and run.id == "rate-0001" and run.status.step < 40
    with pytest.raises(ConflictError, match="no trained model"):
        run.model  # noqa: B018
    found = Rates.of(Run.load(run.id))
    assert len(found.rates) == len(found.losses) >= 20
    assert found.rates == sorted(found.rates) and found.rates[0] == pytest.approx(1e-4)
    assert found.rates[1] / found.rates[0] == pytest.approx((10 / 1e-4) ** (1 / 39))


def test_the_search_is_for_the_tuning_and_the_batch_of_a_run(home, tiny, examples):
    settings = SFT(tuning=LoRA(rank=2), batch_size=4, accumulation=2, seed=5)
    found = find_learning_rate(tiny, examples, settings, steps=24)
    spec = Run.load(found.run).spec
    assert spec.settings["tuning"]["rank"] == 2 and spec.settings["batch_size"] == 4
    assert (spec.settings["accumulation"], spec.settings["seed"], spec.settings["steps"]) == (2, 5, 24)
    assert spec.model == str(tiny) and len(found.rates) <= 23


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["lora", "full"])
def test_it_comes_near_what_the_recipes_for_pocket_use(home, kind):
    import playground as pg

    recipe = SFT.tuned(kind)
    found = find_learning_rate("pocket", pg.Dataset.load("larkspur").clean().split(seed=0).train, recipe)
    assert recipe.learning_rate / 3 <= found.suggestion <= recipe.learning_rate * 3
