"""Near-copies that straddle a split are found, and a split that minds them has none."""

import random
from collections import Counter

import pytest

from playground.dataset.leakage import leaks, near_keys
from playground.dataset.split import Splits, split_positions
from playground.dataset.table import Dataset

TOOLS = "anvil bucket chisel drill easel file gouge hammer iron jack knife level mallet nail oven plane"


ASKED = {
    "sharpen": "How do I sharpen the {} that my neighbour gave me last summer",
    "carry": "Which way is best to carry one {} across two floors without any help",
    "store": "Where should somebody store an old {} so that it will not rust in winter",
    "sell": "What could people get for selling their used {} at our market today",
}


def rows() -> list[dict]:
    """Sixty-four questions, each asked three times in nearly the same words."""
    result = []
    for tool in TOOLS.split():
        for tag, frame in ASKED.items():
            asked = frame.format(tool)
            for prompt in (f"{asked}?", f"{asked}, please? Thank you.", asked.upper()):
                result.append({"prompt": prompt, "completion": "Ask us.", "tags": [tag, tool]})
    return result


def test_leaks_are_found_and_a_split_can_avoid_them():
    data = Dataset.load(rows())
    tags = {example.question: example.tags for example in data}
    found = leaks(data.split(0.6, 0.2, near=False))
    assert len(found) > 10 and {leak.part for leak in found} == {"validation", "test"}
    for leak in found:
        assert tags[leak.prompt] == tags[leak.other_prompt]
    parts = data.split(0.6, 0.2, near=True)
    assert leaks(parts) == [] and [len(part) for part in parts] == [114, 39, 39]


def test_a_leak_names_both_rows():
    data = Dataset.load(rows()[:2])
    (leak,) = leaks((data[:1], data[1:]))
    assert (leak.part, leak.row, leak.other_part, leak.other_row) == ("validation", 2, "train", 1)
    assert leaks(Splits(data[:0], data[:0], data)) == []


def test_groups_do_not_depend_on_the_order():
    data = list(Dataset.load(rows()))
    shuffled = list(range(len(data)))
    random.Random(0).shuffle(shuffled)
    keys = near_keys(data)
    assert near_keys([data[at] for at in shuffled]) == [keys[at] for at in shuffled]
    assert Counter(Counter(keys).values()) == {3: 64}


@pytest.mark.parametrize("near", [False, True])
def test_stratified_parts_have_their_share_of_every_tag(near):
    tagged = [row | {"tags": row["tags"][:1]} for row in rows()]
    parts = Dataset.load(tagged).split(0.5, 0.25, stratify=True, near=near)
    for part, share in zip(parts, (24, 12, 12), strict=True):
        counts = Counter(example.tags[0] for example in part)
        assert len(counts) == 4 and all(abs(count - share) <= 3 for count in counts.values())


def test_rare_labels_do_not_spoil_the_shares():
    keys = [f"p{at}" for at in range(300)]
    labels = [f"label {at // 3}" for at in range(300)]
    parts = split_positions(keys, 0.8, 0.1, labels=labels)
    assert [len(part) for part in parts] == [240, 30, 30]
    assert sorted(position for part in parts for position in part) == list(range(300))
