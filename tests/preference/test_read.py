"""Preference files in the forms people keep them: read for what they say, asked about where they do not."""

import gzip
import json

import pytest

from playground.errors import DatasetError
from playground.preference.collect import Preferences


def judged(rows):
    return [(c.first, c.second, c.choice) for c in Preferences.load(rows)]


def pair(label, first="response 1", second="response 2", name="label"):
    return {"prompt": "q", first: "one", second: "two", name: label}


LABELS = {
    "columns that end in the codes": ([pair(1), pair(" 2"), pair("2.0")], ["first", "second", "second"]),
    "from nought, as the columns": (
        [pair(0, "response_0", "response_1"), pair(1, "response_0", "response_1")],
        ["first", "second"],
    ),
    "letters": ([pair(x, "answer_a", "answer_b", "winner") for x in (" A", "b", "tie", "model_b")],
                ["first", "second", "tie", "second"]),
    "names of the columns": ([pair(x, "Answer A", "answer-b") for x in ("answer_a", "Answer-B")],
                             ["first", "second"]),
    "one and two": ([pair(x, "response_a", "response_b") for x in (1, 2)], ["first", "second"]),
    "words": ([pair(x, "first", "second", "vote") for x in ("Left", "second", "both bad", "skip")],
              ["first", "second", "both_bad", "skip"]),
    "the better text itself": ([pair(x, name="preferred") for x in ("two", "One ")], ["second", "first"]),
}  # fmt: skip


@pytest.mark.parametrize("rows, choices", LABELS.values(), ids=LABELS)
def test_a_label_is_read_for_what_it_says(rows, choices):
    assert judged(rows) == [("one", "two", choice) for choice in choices]


ASKED = {
    "nought beside one and two": [pair(0), pair(1), pair(2)],
    "nought beside one": [pair(0, "answer_a", "answer_b"), pair(1, "answer_a", "answer_b")],
    "one alone": [pair(1, "answer_a", "answer_b")],
    "truth values": [pair(True), pair(False)],
    "both signs": [pair(-1), pair(0), pair(1)],
    "other numbers": [pair(2, "response 2", "response 3"), pair(1, "response 2", "response 3")],
    "codes among words": [pair("tie"), pair(0), pair("response 2")],
}


@pytest.mark.parametrize("rows", ASKED.values(), ids=ASKED)
def test_a_code_that_may_mean_two_things_is_asked_about(rows):
    with pytest.raises(DatasetError, match="hold answers, and 'label' the codes") as caught:
        Preferences.load(rows)
    assert all(repr(column) in str(caught.value) for column in rows[0])
    assert "labels={'0': 'tie', '1': 'first', '2': 'second'}" in caught.value.remedy


def test_rows_with_another_label_or_none_are_findings():
    loaded = Preferences.load(
        [pair("response 1"), pair("blue"), pair(None), pair(" tie "), "x", pair("") | {"prompt": ""}]
    )
    assert [c.choice for c in loaded] == ["first", "tie"]
    assert [(f.row, f.message) for f in loaded.findings] == [
        (2, "The label 'label' is 'blue', which names neither answer"),
        (3, "The label 'label' is missing"),
        (5, "It is not an object with columns"),
        (6, "The label 'label' is missing"),
    ]


def ranked(**columns):
    return {"prompt": "q", "answers": ["a", "b", "c"]} | columns


ALL = [("a", "b", "second"), ("a", "c", "second"), ("b", "c", "first")]
RANKED = {
    "ranks": ([ranked(ranks=[3, 1, 2])], ALL),
    "ranks as text": ([ranked(rank=["3", "1.0", " 2"])], ALL),
    "order from nought": ([ranked(order=[1, 2, 0])], ALL),
    "order from one": ([ranked(order=[2, 3, 1])], ALL),
    "groups": ([ranked(ranking=[[1], [2], [0]])], ALL),
    "a ranking that reads the same both ways": (
        [ranked(ranking=[1, 3, 2])],
        [("a", "b", "first"), ("a", "c", "first"), ("b", "c", "second")],
    ),
    "a ranking with ties is ranks": (
        [ranked(ranking=[1, 1, 2])],
        [("a", "b", "tie"), ("a", "c", "first"), ("b", "c", "first")],
    ),
    "all alike": ([ranked(ranks=[1, 1, 1])], [(x, y, "tie") for x, y in ("ab", "ac", "bc")]),
    "rank inside": (
        [{"prompt": "q", "responses": [{"text": "a", "rank": 2}, {"text": "b", "rank": 1}]}],
        [("a", "b", "second")],
    ),
    "two columns and ranks": (
        [{"prompt": "q", "response 1": "a", "response 2": "b", "rank 1": 2, "rank 2": x} for x in (1, 2, 3)],
        [("a", "b", "second"), ("a", "b", "tie"), ("a", "b", "first")],
    ),
    "two columns and a list": (
        [{"prompt": "q", "output_a": "a", "output_b": "b", "ranks": [2, 1]}],
        [("a", "b", "second")],
    ),
    "one answer a row": (
        [{"prompt": "q", "completion": x, "rank": n} for x, n in (("a", 3), ("b", "1"), ("c", 2))],
        ALL,
    ),
}


@pytest.mark.parametrize("rows, expected", RANKED.values(), ids=RANKED)
def test_ranks_become_every_pair(rows, expected):
    assert judged(rows) == expected


def test_a_ranking_that_reads_two_ways_is_asked_about():
    with pytest.raises(DatasetError, match=r"'ranking' holds \[2, 3, 1\]") as caught:
        Preferences.load([ranked(ranking=[1, 2, 3]), ranked(ranking=[2, 3, 1])])
    assert "'ranks'" in caught.value.remedy and "'order'" in caught.value.remedy


BAD_RANKS = {
    "too few": (ranked(ranks=[1, 2]), "not one rank for each of 3"),
    "no number": (ranked(ranks=[1, 2, None]), "not one rank"),
    "twice the same position": (ranked(order=[0, 0, 1]), "not each of 3 positions once"),
    "no list": (ranked(ranks=1), "a number, not a list"),
    "an answer is a number": (ranked(answers=["a", 2, "c"], ranks=[1, 2, 3]), "a number, not text"),
    "one answer": (ranked(answers=["a"], ranks=[1]), "not a list of two"),
    "the same answer twice": (ranked(answers=["a", "a ", "c"], ranks=[1, 2, 3]), "the same"),
    "the only answer": ({"prompt": "lone", "completion": "a", "rank": 1}, "only answer to its prompt"),
}


@pytest.mark.parametrize("row, said", BAD_RANKS.values(), ids=BAD_RANKS)
def test_a_bad_ranking_is_a_finding(row, said):
    loaded = Preferences.load([ranked(ranks=[3, 1, 2]), row])
    assert len(loaded) == 3
    assert [finding.row for finding in loaded.findings] == [2] and said in loaded.findings[0].message


def kto(prompt, completion, label):
    return {"prompt": prompt, "completion": completion, "label": label}


def test_good_and_bad_answers_to_one_prompt_are_pairs():
    rows = [
        kto("q", "a", True),
        kto("q", "b", "false"),
        kto("q", "c", 0),
        kto("r", "d", True),
        kto("q", " a", False),
    ]
    loaded = Preferences.load(rows)
    assert [(c.chosen, c.rejected) for c in loaded] == [("a", "b"), ("a", "c")]
    assert [(f.row, f.message) for f in loaded.findings] == [
        (4, "No answer to this prompt has the other label"),
        (5, "No answer to this prompt has the other label"),
    ]


def test_pairs_do_not_outgrow_their_file():
    rows = [kto("q", f"a {n}", n % 2 == 0) for n in range(3000)]
    assert len(Preferences.load(rows)) == 32 * 32 and len(Preferences.load(rows).findings) == 3000 - 64
    rows = [{"prompt": "q", "completion": f"a {n}", "rank": n} for n in range(3000)]
    assert len(Preferences.load(rows)) == 64 * 63 / 2
    with pytest.raises(DatasetError, match="3,000 answers, more than 64"):
        Preferences.load([ranked(answers=["a"] * 3000, ranks=list(range(3000)))])


def test_what_kto_lacks_is_told():
    with pytest.raises(DatasetError, match=r"\(KTO\): 2 and 1") as caught:
        Preferences.load([kto("q", "a", True), kto("r", "b", True), kto("s", "c", False)])
    assert "a good and a bad answer to one prompt" in caught.value.rule


def test_codes_beside_single_answers_are_asked_about():
    with pytest.raises(DatasetError, match="holds the codes 0, 1, 2"):
        Preferences.load([kto("q", "a", n) for n in range(3)])


SHARED = {
    "lines": ("Fee?\nIt is 1%.", "Fee?\nIt is 2%."),
    "speakers": ("\n\nHuman: Fee?\n\nAssistant: It is 1%.", "\n\nHuman: Fee?\n\nAssistant: It is 2%."),
}


@pytest.mark.parametrize("chosen, rejected", SHARED.values(), ids=SHARED)
def test_a_prompt_inside_both_answers_is_taken_and_said(chosen, rejected):
    loaded = Preferences.load([{"chosen": chosen, "rejected": rejected}])
    assert loaded.pairs() == [{"prompt": "Fee?", "chosen": "It is 1%.", "rejected": "It is 2%."}]
    assert [(f.kind, f.action) for f in loaded.findings] == [("prompt", "kept")]


def test_what_is_asked_beside_the_prompt_belongs_to_it():
    answers = {"chosen": "Fee: 1%", "rejected": "Fee: 2%"}
    rows = [
        {"instruction": "Sum up", "input": "the text"} | answers,
        {"question": "Sum up", "context": "the text", "system": ""} | answers,
        {"instruction": "Sum up", "input": "the text", "response 1": "a", "response 2": "b", "label": 1},
    ]
    loaded = Preferences.load(rows)
    assert {comparison.prompt for comparison in loaded} == {"Sum up\n\nthe text"} and loaded.findings == []
    with pytest.raises(DatasetError, match="is not text"):
        Preferences.load([{"question": "q", "context": ["x"]} | answers])


def test_what_may_have_been_meant_otherwise_is_said():
    rows = [pair(x, "response_a", "response_b") | {"system": "Be brief"} for x in (1, 2)]
    assert [(f.row, f.action, f.message[:25]) for f in Preferences.load(rows).findings] == [
        (0, "kept", "In 'label', 1 was read as"),
        (0, "kept", "The system messages in 's"),
    ]
    assert Preferences.load([pair(1), pair(2)]).findings == []


def test_two_answers_without_a_label_are_named():
    with pytest.raises(DatasetError, match="told from its columns 'prompt', 'response_a', 'response_b'"):
        Preferences.load([{"prompt": "q", "response_a": "a", "response_b": "b"}])


def test_the_common_beginning_ends_at_a_word():
    loaded = Preferences.load([{"chosen": "The sky is blue.", "rejected": "The sky is black."}])
    assert loaded.pairs() == [{"prompt": "The sky is", "chosen": "blue.", "rejected": "black."}]


def test_answers_that_share_nothing_have_no_prompt():
    with pytest.raises(DatasetError, match="do not share their beginning"):
        Preferences.load([{"chosen": "yes", "rejected": "no"}])
    with pytest.raises(DatasetError, match="not a conversation of several turns"):
        talk = "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: "
        Preferences.load([{"chosen": talk + "d", "rejected": talk + "e"}])


def test_rows_of_several_shapes_are_read_by_row():
    rows = [
        pair("response 1"),
        {"prompt": "q", "chosen": "a", "rejected": "b"},
        ranked(ranks=[1, 2, 3]),
        {"prompt": "q"},
    ]
    loaded = Preferences.load(rows)
    assert len(loaded) == 5 and [finding.row for finding in loaded.findings] == [4]


def test_examples_are_sent_to_their_own_loader():
    with pytest.raises(DatasetError, match=r"looks like question-answer, which Dataset\.load reads"):
        Preferences.load([{"question": "q", "answer": "a"}])


def test_packed_files_and_splits(tmp_path):
    (tmp_path / "p.jsonl.gz").write_bytes(gzip.compress(json.dumps(pair("response 2")).encode()))
    assert Preferences.load(tmp_path / "p.jsonl.gz")[0].chosen == "two"
    (tmp_path / "p.json").write_text(
        json.dumps({"train": [pair("response 1")], "test": [pair("response 2")]})
    )
    with pytest.raises(DatasetError, match="'train', 'test'"):
        Preferences.load(tmp_path / "p.json")
    assert Preferences.load(tmp_path / "p.json", split="test")[0].chosen == "two"
