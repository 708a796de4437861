"""No prompt leaks through a split, and the same content always splits the same way."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.dataset import kin
from playground.dataset.leakage import leaks
from playground.dataset.recipe import Recipe
from playground.dataset.split import normalise, prompt_key, split_positions
from playground.dataset.table import Dataset
from playground.errors import InputError
from playground.records import Example, Message

SHARES = st.sampled_from([(0.8, 0.1), (0.5, 0.5), (0.34, 0.33), (1.0, 0.0), (0.9, 0.0)])
KEYS = st.lists(st.text(alphabet="abcdef", max_size=2), max_size=80)


@given(KEYS, SHARES, st.integers(0, 3))
def test_no_key_straddles_and_nothing_is_lost(keys, shares, seed):
    parts = split_positions(keys, *shares, seed)
    assert sorted(position for part in parts for position in part) == list(range(len(keys)))
    groups = [{keys[position] for position in part} for part in parts]
    assert not groups[0] & groups[1] and not groups[0] & groups[2] and not groups[1] & groups[2]
    assert all(part == sorted(part) for part in parts)


@given(KEYS, st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(keys, seed, chance):
    shuffled = list(range(len(keys)))
    chance.shuffle(shuffled)
    before = split_positions(keys, seed=seed)
    after = split_positions([keys[position] for position in shuffled], seed=seed)
    for one, other in zip(before, after, strict=True):
        assert one == sorted(shuffled[position] for position in other)


def test_parts_have_the_wanted_sizes():
    keys = [f"prompt {number}" for number in range(1000)]
    assert [len(part) for part in split_positions(keys)] == [900, 50, 50]
    assert [len(part) for part in split_positions(keys, 1.0, 0.0)] == [1000, 0, 0]
    assert [len(part) for part in split_positions(keys, 0.7, 0.0)] == [700, 0, 300]


def test_small_sets_have_no_empty_part():
    for count in range(3, 12):
        assert all(split_positions([f"p{number}" for number in range(count)], seed=count))


def test_seeds_differ():
    keys = [f"prompt {number}" for number in range(100)]
    assert split_positions(keys, seed=0) != split_positions(keys, seed=1)
    assert split_positions(keys, seed=1) == split_positions(list(keys), seed=1)


@pytest.mark.parametrize("shares", [(0, 0.5), (0.8, 0.3), (-0.1, 0.1), (1.1, 0), (0.5, -0.1)])
def test_impossible_shares_are_refused(shares):
    with pytest.raises(InputError, match="shares"):
        split_positions(["a"], *shares)


NEAR_COPIES = [
    "What does the Cedar Fund cost?",
    "what does the cedar fund cost",
    "What does the  Cedar Fund cost ?!",
    "WHAT DOES THE CEDAR FUND COST?",
    "\u201cWhat does the Cedar Fund cost?\u201d",
    "What\u00a0does the\u200b Cedar Fund cost?\n",
    "Ｗｈａｔ does the Cedar Fund cost？",
]


def test_near_copies_have_one_key():
    assert len({normalise(text) for text in NEAR_COPIES}) == 1


def test_different_prompts_have_different_keys():
    texts = ["2+2", "2*2", "don't", "do not", "?", "!", "café", "cafe", "1.2 percent", "12 percent"]
    assert len({normalise(text) for text in texts}) == len(texts)
    assert normalise("don't") == normalise("dont") == normalise("don’t")


def test_system_prompts_and_earlier_answers_do_not_separate_a_question_from_itself():
    plain = Example((Message("user", "Hello"),), "x")
    guided = Example((Message("system", "Be kind"), Message("user", "hello!")), "y")
    assert prompt_key(plain) == prompt_key(guided)


def test_generated_near_copies_never_leak():
    chance = random.Random(0)
    prompts = []
    for number in range(200):
        base = f"What is the fee of product {number}"
        for _ in range(3):
            text = "".join(c.upper() if chance.random() < 0.3 else c for c in base)
            prompts.append(text.replace(" ", chance.choice([" ", "  ", "\n", ", "])) + chance.choice("?!. "))
    parts = split_positions([normalise(prompt) for prompt in prompts])
    seen = [{normalise(prompts[position]) for position in part} for part in parts]
    assert sum(map(len, seen)) == 200


@pytest.mark.parametrize(
    "name, expected",
    [
        ("larkspur", ["260e6858af33f932", "4e795fccd859e8bb", "98c4ce55761d9c90"]),
        ("larkspur-narrow", ["e6fa5fa72e5d4133", "846b3f8aac3667c3", "cbbe67dbbf8f5e80"]),
        ("larkspur-prompts", ["76e5e764e713cce0", "d9f5684c3a54c507", "44196f12577643d7"]),
    ],
)
def test_the_built_in_parts_stay_those_that_figures_were_measured_on(home, name, expected):
    data = Dataset.load(name).clean()
    assert [part.sha256[:16] for part in data.split(seed=0)] == expected
    data.save("mine")
    assert [part.sha256[:16] for part in Dataset.load("mine").split(seed=0)] == expected


def test_other_data_is_split_so_that_near_copies_stay_together(home, tmp_path):
    asked = ("How do I sharpen the {}", "how do i sharpen the {} please", "How do I sharpen my {}, please?")
    tools = ["anvil", "bellows", "chisel", "drill", "file", "gouge", "hammer", "plane", "rasp", "saw"]
    rows = [{"prompt": one.format(tool), "completion": tool} for tool in tools for one in asked]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = Dataset.load(path)
    data.clean().save("mine")
    for one in (data, Dataset.load("mine"), Dataset.load(rows), Dataset(data)):
        assert leaks(one.split(0.5, 0.25)) == []
    exact = data.split(0.5, 0.25, near=False)
    assert leaks(exact) and exact.train.recipe.steps[-1].near is False


def part_of(parts) -> dict[int, int]:
    return {number: at for at, part in enumerate(parts) for number in part.numbers}


@pytest.mark.parametrize("near", [None, False])
def test_rows_in_other_words_stay_with_their_originals(home, near):
    grown = Dataset.load("larkspur")[:600].paraphrase(first=200)
    asked = kin.originals(grown.findings)
    again = grown.approve().clean().paraphrase(first=5).approve()[:300].paraphrase(2).reject([-600])
    assert len(asked) == 200 and asked[-200] == 200
    grown.approve().clean().save("grown")
    for data in (grown.approve().clean(), Dataset.load("grown"), again):
        parts = data.split(0.5, 0.25, near=near)
        place, known = part_of(parts), kin.originals(data.findings)
        assert min(map(len, parts)) >= len(data) / 5
        groups = {number: place[known.get(number, number)] for number in place}
        assert groups == place


def test_rows_in_other_words_stay_together_without_their_original():
    questions = [{"prompt": f"What is {word}?", "completion": word} for word in ("salt", "rye", "tea", "ink")]
    data = Dataset.load(questions).paraphrase(4).approve().drop(1, 2, 3, 4)
    place, known = part_of(data.split(0.5, 0.25)), kin.originals(data.findings)
    assert all(len({place[row] for row in place if known[row] == number}) == 1 for number in (1, 2, 3, 4))


def test_built_in_data_that_was_changed_by_hand_minds_near_copies():
    data = Dataset.load("larkspur")
    near = [part.recipe.steps[-1].near for part in (data.split().test, data.drop(1).split().test)]
    edited = data.edit(1, "completion", "Yes.")
    added = data.add({"prompt": "a", "completion": "b"})
    assert near == [False, False]
    assert edited.split().test.recipe.steps[-1].near and added.split().test.recipe.steps[-1].near


def test_a_part_that_was_cut_before_paraphrases_were_minded_is_cut_again_as_it_was():
    part = '{"step": "part", "part": "train", "train": 0.9, "validation": 0.05, "seed": 0, "near": false, '
    grown = Dataset.load("larkspur").paraphrase(first=40).approve()
    old = Recipe.from_json('{"version": 1, "steps": [' + part + '"stratify": false}]}')
    assert old.apply(grown).sha256[:16] == "79d37da9992efdcf"
    assert grown.split(near=False).train.sha256[:16] != "79d37da9992efdcf"
