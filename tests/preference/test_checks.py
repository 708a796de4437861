"""Gold items and swapped repeats: mixed in as often as asked, filling no slot, read by the reports."""

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import InputError
from playground.preference.agreement import agreement
from playground.preference.annotators import annotator_reports
from playground.preference.assign import next_assignment, record_vote, undo_vote
from playground.preference.campaign import create_campaign, find, progress, prompts, vote_log
from playground.preference.collect import Preferences
from playground.preference.desk import _REPEATABLE, Desk
from playground.preference.gold import gold_from_examples, gold_from_judgements
from playground.preference.judgements import campaign_judgements
from playground.preference.leaderboard import leaderboard
from playground.preference.mixing import Mix
from playground.records import Comparison, Completion, Example, Message, Ranking
from playground.store.database import connect, writing
from playground.store.tables import assignments, items

GOLD = [Comparison(f"gold {n}", "right", "wrong", "first") for n in range(6)]
KINDS = {
    "pairwise": (2, GOLD, {"choice": "first"}),
    "ranking": (3, [Ranking("g", ("r", "a", "b"), ((0,), (1, 2)))], {"ranking": [[2], [0, 1]]}),
    "rating": (3, [Ranking("g", ("r", "a", "b"), ((0,), (1, 2)))], {"scores": [5, 1, 1]}),
    "best_worst": (3, [Ranking("g", ("r", "a", "b"), ((0,), (1, 2)))], {"best_worst": [0, 2]}),
}


def crowd(count, act):
    """Run act(number) in `count` threads that set off together; what each returned or raised."""
    with ThreadPoolExecutor(count) as pool:
        futures = [pool.submit(act, number) for number in range(count)]
    return [one.exception() or one.result() for one in futures]


def work(engine, campaign, annotator, said, most=10_000):
    """Judge all there is for somebody; what they saw."""
    seen = []
    while len(seen) < most and (item := next_assignment(campaign, annotator, engine=engine)):
        told = said(item) if callable(said) else said
        record_vote(item.id, str(uuid.uuid4()), annotator=annotator, engine=engine, **told)
        seen.append(item)
    return seen


@given(st.floats(0, 0.4), st.floats(0, 0.1), st.integers(0, 80), st.integers(0, 8), st.integers(0, 20))
def test_what_is_to_come_is_what_comes(gold, repeats, regular, salt, have):
    mix = Mix(gold, repeats, str(salt), 5)
    have = have if not repeats else 10_000
    left, number, came, told = regular, 0, 0, []
    while left:
        told.append(came + mix.coming(number, left, have - came))
        if mix.due(number) and came < have:
            came += 1
        else:
            left -= 1
        number += 1
    assert set(told) <= {came}
    if not repeats and have > regular:
        assert abs(came - gold / (1 - gold) * regular) <= 2 + 5 * gold / (1 - gold)


@pytest.mark.parametrize("task", KINDS)
def test_a_crowd_gives_exactly_the_votes_wanted_whatever_is_mixed_in(engine, campaign, task):
    answers, gold, said = KINDS[task]
    identifier = campaign(
        8, 3, answers, task=task, criteria=["humor", "truthfulness"], gold=gold, gold_share=0.1,
        repeat_share=0.1, order="random",
    )  # fmt: skip
    # Everybody is here twice, in two tabs at once.
    seen = crowd(10, lambda number: work(engine, identifier, f"annotator {number // 2}", said))
    refused = [one for one in seen if isinstance(one, Exception)]
    while refused:
        # A tab whose item was judged in the other one goes on.
        assert all("already" in str(one) or "Take the judgement back" in str(one) for one in refused)
        seen = [work(engine, identifier, f"annotator {number}", said) for number in range(5)]
        refused = [one for one in seen if isinstance(one, Exception)]
    found = progress(identifier, engine=engine)
    assert (found.items, found.wanted, found.votes, found.complete) == (16, 48, 48, 16)
    log = vote_log(identifier, engine)
    assert len({(row["annotator"], row["position"], row["round"]) for row in log}) == len(log)
    assert found.checks == len(log) - 48 > 0
    assert len(Preferences.load(identifier, str(engine.url))) == sum(
        len(list(one.comparisons())) for one in campaign_judgements(identifier, engine)
    )


def test_gold_measures_annotators_and_nothing_else(engine, campaign):
    identifier = campaign(30, 2, gold=GOLD, gold_share=0.2)

    def right(item):
        wanted = "right" if "right" in item.completions else item.completions[0]
        return {"choice": ("first", "second")[item.completions.index(wanted)]}

    anna = work(engine, identifier, "anna", right)
    bob = work(engine, identifier, "bob", {"choice": "first"})
    for seen in (anna, bob):
        golds = [place for place, item in enumerate(seen) if item.prompt.startswith("gold")]
        assert len(golds) == 6 and golds[0] >= 5
        assert {item.done + item.remaining for item in seen} == {36}, "the count betrays no gold item"
    assert progress(identifier, engine=engine).wanted == 60 and len(prompts(identifier, engine)) == 30
    reports = {one.annotator: one for one in annotator_reports(identifier, url=str(engine.url))}
    assert (reports["anna"].gold_pairs, reports["anna"].gold.value) == (6, 1)
    assert reports["bob"].gold_pairs == 6 and reports["anna"].votes == 30
    assert agreement(identifier, url=str(engine.url)).items == 30
    assert "gold" not in leaderboard(identifier, draws=0, url=str(engine.url)).models
    assert not [pair for pair in Preferences.load(identifier, str(engine.url)) if "gold" in pair.prompt]


@pytest.mark.parametrize("task", ["ranking", "rating", "best_worst"])
def test_gold_of_many_is_checked_where_it_is_decided(engine, campaign, task):
    gold = [Ranking(f"gold {n}", ("right", "a", "b"), ((0,), (1, 2))) for n in range(3)]
    identifier = campaign(24, 1, 3, task=task, gold=gold, gold_share=0.2)

    def said(item):
        best = item.completions.index("right") if "right" in item.completions else 0
        others = [place for place in range(3) if place != best]
        return {
            "ranking": {"ranking": [[best], others]},
            "rating": {"scores": [5 if place == best else 1 for place in range(3)]},
            "best_worst": {"best_worst": [best, others[0]]},
        }[task]

    work(engine, identifier, "anna", said)
    [report] = annotator_reports(identifier, url=str(engine.url))
    assert (report.gold.value, report.gold_pairs) == (1, 6)


def test_a_repeat_is_swapped_comes_later_and_tells_of_the_side(engine, campaign):
    identifier = campaign(40, repeat_share=0.2, seed=0)
    seen = work(engine, identifier, "anna", {"choice": "first"})
    by_prompt = {}
    for place, item in enumerate(seen):
        by_prompt.setdefault(item.prompt, []).append((place, item.completions))
    twice = [shown for shown in by_prompt.values() if len(shown) > 1]
    assert len(twice) == len(seen) - 40 == 9
    for (place, first), (later, second) in twice:
        assert second == first[::-1] and later - place > 5
    [report] = annotator_reports(identifier, url=str(engine.url))
    assert (report.repeats, report.consistency.value, report.side.value) == (len(twice), 0, 1)
    assert report.side_biased and report.votes == 40
    assert progress(identifier, engine=engine).checks == len(twice)
    assert len(Preferences.load(identifier, str(engine.url))) == 40
    for _ in range(len(seen)):
        undo_vote(identifier, str(uuid.uuid4()), annotator="anna", engine=engine)
    assert campaign_judgements(identifier, engine, checks=True) == []
    again = work(engine, identifier, "anna", {"choice": "tie"})
    assert sorted(item.completions for item in again) == sorted(item.completions for item in seen)


def test_to_choose_a_repeat_takes_steps_in_proportion_to_what_was_judged(tmp_path):
    """Counted in steps of SQLite's machine, which a busy computer does not change."""
    steps = {}
    for judged in (200, 800):
        engine = connect(f"sqlite:///{tmp_path / str(judged)}")
        identifier = create_campaign(
            "test", [Completion(f"p{n}", f"a{m}", "m") for n in range(judged) for m in "ab"], engine=engine
        )
        with writing(engine) as connection:
            row = find(connection, identifier)
            lent = [
                {"id": str(item), "item": item, "annotator": "anna", "display": [0, 1], "state": "voted",
                 "leased_until": 0.0}
                for item in connection.scalars(sa.select(items.c.id).order_by(items.c.position))
            ]  # fmt: skip
            connection.execute(assignments.insert(), lent)
            desk, count = Desk(connection, row, "anna"), itertools.count()
            driver = connection.connection.driver_connection
            driver.set_progress_handler(lambda count=count: next(count) and 0, 10)
            found = desk._run(_REPEATABLE).all()
            driver.set_progress_handler(None, 0)
        assert [one.id for one in found] == [one["id"] for one in lent[:-5]]
        steps[judged] = next(count)
    assert steps[800] < 6 * steps[200]


def test_checks_never_come_alone(engine, campaign):
    identifier = campaign(6, gold=GOLD, gold_share=0.3, repeat_share=0.2)
    work(engine, identifier, "bob", {"choice": "first"})
    assert next_assignment(identifier, "carl", engine=engine) is None


def test_gold_from_a_dataset_and_from_what_all_agree_on():
    asked = ("What is a bond?", "A bond, what is that?", "Who runs it?", "Where are you?", "How old is he?")
    told = ("A loan.", "It is a loan.", "Anna does.", "In Bern, near the station.", "Forty")
    data = [Example((Message("user", q),), text) for q, text in zip(asked, told, strict=True)]
    data.append(Example((*data[0].prompt, Message("assistant", "x"), Message("user", "And?")), "So what"))
    found = gold_from_examples(data, 9)
    assert {(one.prompt, one.first) for one in found} == {*zip(asked, told, strict=True)}
    bonds = {*asked[:2]}
    for one in found:
        assert one.choice == "first" and one.second in told and one.second != one.first
        assert not (one.prompt in bonds and one.second in told[:2]), "the same in other words"
    for ranking in gold_from_examples(data, 9, "rating"):
        assert ranking.order == ((0,), (1, 2)) and len({*ranking.completions}) == 3
    with pytest.raises(InputError, match="none can be set beside"):
        gold_from_examples(data[:2], 1)

    said = [
        Comparison("p", "a", "b", "first", "anna"), Comparison("p", "b", "a", "second", "bob"),
        Comparison("q", "a", "b", "first", "anna"), Comparison("q", "a", "b", "tie", "bob"),
        Comparison("r", "a", "b", "first", "anna"),
    ]  # fmt: skip
    [found] = gold_from_judgements(said)
    assert (found.prompt, found.chosen) == ("p", "a")


@pytest.mark.parametrize(
    "gold, why",
    [
        ([Comparison("p", "a", "b", "tie")], "which completion is better"),
        ([Ranking("p", ("a", "b", "c"), ((0,), (1, 2)))], "it has two"),
    ],
)
def test_gold_that_decides_nothing_here_is_refused(campaign, gold, why):
    with pytest.raises(InputError, match=why):
        campaign(1, gold=gold, gold_share=0.1)
