"""Asking first what a reward model is unsure of: the order, the control arm, and what was saved."""

import math
from collections import Counter

import pytest
import sqlalchemy as sa

from playground.errors import InputError
from playground.preference.active import clear, interleaved, prioritise, saving, uncertainty
from playground.preference.assign import next_assignment, record_vote
from playground.store.tables import items, priorities


def scores_of(margins):
    """A reward model that scores the first of two answers to prompt n by margins[n], the other 0."""

    def score(rows):
        asked = [(int(prompt.split()[1]), text.endswith(".0")) for prompt, text in rows]
        return [margins[number] if first else 0.0 for number, first in asked]

    return score


def work(engine, campaign, annotator="anna", winner=None, now=None):
    """The prompts in the order in which an annotator gets them; the answer ending in `winner` wins."""
    asked = []
    while item := next_assignment(campaign, annotator, engine=engine, now=now):
        asked.append(int(item.prompt.split()[1]))
        choice = "tie" if winner is None else "first" if item.completions[0].endswith(winner) else "second"
        key = f"{annotator}-{item.id}"[:60]
        record_vote(item.id, key, annotator=annotator, choice=choice, engine=engine, now=now)
    return asked


def test_uncertainty_worked_by_hand():
    assert uncertainty([[0.5]]) == 1.0
    assert uncertainty([[0.9]]) == pytest.approx(0.2)  # 1 - |1.8 - 1|
    assert uncertainty([[0.1, 0.9]]) == pytest.approx(0.8)  # twice the deviation of 0.4
    assert uncertainty([[0.9, 0.9]]) == 0.0
    assert uncertainty([[0.5], [0.9]]) == pytest.approx(0.6)


def test_both_arms_are_interleaved_in_their_proportion():
    order = interleaved([1, 2, 3, 4, 5, 6], [7, 8])
    assert [item for item, arm in order if arm == "uncertain"] == [1, 2, 3, 4, 5, 6]
    assert [place for place, (_, arm) in enumerate(order) if arm == "random"] == [3, 7]
    assert interleaved([], [1]) == [(1, "random")] and interleaved([], []) == []


def test_the_least_sure_come_first(engine, campaign):
    identifier = campaign(5)
    margins = [4.0, -0.1, 2.0, 0.0, -9.0]
    assert prioritise(identifier, [scores_of(margins)], control=0.0, engine=engine) == 5
    assert work(engine, identifier) == [3, 1, 2, 0, 4]


def test_an_ensemble_asks_where_it_differs(engine, campaign):
    identifier = campaign(3)
    # Unsure alike about 0, sure alike about 1, of two minds about 2.
    models = [scores_of([0.0, 5.0, 5.0]), scores_of([0.0, 5.0, -5.0])]
    prioritise(identifier, models, control=0.0, engine=engine)
    assert work(engine, identifier)[0] == 2


def test_the_control_arm_stays_random_and_stays_itself(engine, campaign):
    identifier = campaign(40)
    margins = [number / 10 for number in range(40)]
    prioritise(identifier, [scores_of(margins)], control=0.25, seed=3, engine=engine)
    before = arms(engine)
    assert Counter(before.values()) == {"uncertain": 30, "random": 10}
    prioritise(identifier, [scores_of(margins[::-1])], control=0.5, seed=4, engine=engine)
    assert arms(engine) == before
    clear(identifier, engine=engine)
    assert work(engine, identifier) == list(range(40))


def arms(engine):
    with engine.connect() as connection:
        return {row.item: row.arm for row in connection.execute(priorities.select())}


def test_what_is_saved_is_counted_from_votes_after_the_models_word(engine, campaign):
    """Wrong about half of the uncertain, and about a tenth of the control arm: five times the votes."""
    identifier = campaign(80)
    assert saving(identifier, engine=engine) is None
    # Sure of the first answer of every pair, a little less so where the number is even.
    margins = [1.0 + number % 2 for number in range(80)]
    prioritise(identifier, [scores_of(margins)], control=0.5, now=100.0, engine=engine)
    query = sa.select(items.c.prompt, priorities.c.arm).join(priorities, priorities.c.item == items.c.id)
    with engine.connect() as connection:
        of_prompt = {int(prompt.split()[1]): arm for prompt, arm in connection.execute(query)}
    seen = Counter()
    while item := next_assignment(identifier, "anna", engine=engine, now=200.0):
        arm = of_prompt[int(item.prompt.split()[1])]
        seen[arm] += 1
        wrong = seen[arm] % 2 == 0 if arm == "uncertain" else seen[arm] % 10 == 0
        choice = "first" if item.completions[0].endswith(".1" if wrong else ".0") else "second"
        record_vote(item.id, f"key-{item.id}", annotator="anna", choice=choice, engine=engine, now=200.0)
    found = saving(identifier, engine=engine)
    assert found.votes == {"uncertain": 40, "random": 40}
    assert found.corrections["uncertain"].value == 0.5 and found.corrections["random"].value == 0.1
    assert found.saved.value == pytest.approx(40 * 0.5 / 0.1 - 40)
    assert found.saved.low < 160 < found.saved.high


def test_votes_from_before_tell_nothing(engine, campaign):
    identifier = campaign(4)
    work(engine, identifier, winner=".1", now=50.0)
    prioritise(identifier, [scores_of([1.0] * 4)], control=0.5, now=100.0, engine=engine)
    found = saving(identifier, engine=engine)
    assert found.votes == {"uncertain": 0, "random": 0} and math.isnan(found.saved.value)


def test_what_is_foretold_of_a_judged_item_stays(engine, campaign):
    identifier = campaign(2, votes_per_item=2)
    prioritise(identifier, [scores_of([5.0, 5.0])], control=0.0, now=1.0, engine=engine)
    work(engine, identifier, winner=".1", now=2.0)
    prioritise(identifier, [scores_of([-5.0, -5.0])], control=0.0, now=3.0, engine=engine)
    assert saving(identifier, engine=engine).corrections["uncertain"].value == 1.0


UNFIT = [([], 0.2), ([scores_of([0.0] * 3)], 1.0), ([lambda rows: [math.nan] * len(rows)], 0.2)]


@pytest.mark.parametrize("scorers, control", UNFIT)
def test_what_cannot_order_is_refused(engine, campaign, scorers, control):
    with pytest.raises(InputError):
        prioritise(campaign(3), scorers, control=control, engine=engine)
