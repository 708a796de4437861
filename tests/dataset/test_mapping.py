"""A mapping says what columns hold; it is checked before it is used, and kept as JSON."""

import json

import pytest

from playground.dataset.mapping import Mapping
from playground.dataset.table import Dataset
from playground.errors import DatasetError, InputError, NotFoundError
from playground.preference.collect import Preferences

ROWS = [
    {"Ask": "Fee?", "about": "Cedar {fund}", "Say": "1%", "mood": 0},
    {"Ask": "Term?", "about": " ", "Say": 12, "mood": "1.0"},
    {"Ask": "Who?", "about": "Larkspur", "Say": True, "mood": 7},
]


def shown(data):
    return [(example.question, example.completion) for example in data]


def test_columns_and_templates_make_examples():
    data = Dataset.load(ROWS, mapping=Mapping(prompt="{{About}} {about}: {Ask}", completion="Say"))
    assert shown(data) == [("{About} Cedar {fund}: Fee?", "1%")]
    assert [(f.row, f.kind, f.message) for f in data.findings] == [
        (2, "not mapped", "'about' is empty"),
        (3, "not mapped", "'Say' is a truth value, not text"),
    ]
    assert data.format == "mapping" and "'Say'" in data.reason


def test_labels_give_codes_their_words():
    data = Dataset.load(
        ROWS, mapping=Mapping(prompt="Ask", completion="mood", labels={0: "calm", "1": "cross"})
    )
    assert shown(data) == [("Fee?", "calm"), ("Term?", "cross")]
    assert [f.message for f in data.findings] == ["The completion is '7', and the labels are 0, 1"]
    truths = Mapping(prompt="Ask", completion="Say", labels={"true": "yes", "1%": "one"})
    assert shown(Dataset.load(ROWS, mapping=truths)) == [("Fee?", "one"), ("Who?", "yes")]


def test_a_prompt_alone_makes_prompts():
    data = Dataset.load(ROWS, mapping=Mapping(prompt="Ask"))
    assert data.format == "prompt-only" and data.clean().prompts() == ["Fee?", "Term?", "Who?"]


def test_turns_stay_turns():
    talk = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]
    data = Dataset.load([{"x": talk, "y": "d", "tags": ["t"]}], mapping=Mapping(prompt="x", completion="y"))
    assert len(data[0].prompt) == 3 and data[0].tags == ("t",)


PAIRS = [
    {"q": "Fee?", "A": "1%", "B": "2%", "best": code, "annotator": "anna"}
    for code in (0, " 1", 2.0, "2", None, 9)
]


def test_labels_give_codes_their_choices():
    with pytest.raises(DatasetError, match=r"'A' and 'B' hold answers, and 'best' the codes 0, 1, 2, 9"):
        Preferences.load(PAIRS, mapping=Mapping(prompt="q", first="A", second="B", label="best"))
    codes = {"0": "tie", "1": "first", "2": "second"}
    loaded = Preferences.load(
        PAIRS, mapping=Mapping(prompt="q", first="A", second="B", label="best", labels=codes)
    )
    assert [comparison.choice for comparison in loaded] == ["tie", "first", "second", "second"]
    assert [finding.row for finding in loaded.findings] == [5, 6] and loaded[0].annotator == "anna"


def test_labels_that_say_it_themselves_need_no_words():
    rows = [{"q": "Fee?", "A": "1%", "B": "2%", "best": best} for best in ("B", " a", "tie")]
    loaded = Preferences.load(rows, mapping=Mapping(prompt="q", first="A", second="B", label="best"))
    assert [comparison.choice for comparison in loaded] == ["second", "first", "tie"]


def test_chosen_and_rejected():
    loaded = Preferences.load(PAIRS[:1], mapping=Mapping(prompt="On {q}", chosen="B", rejected="A"))
    assert loaded.pairs() == [{"prompt": "On Fee?", "chosen": "2%", "rejected": "1%"}]


UNFIT = {
    "no prompt": {"prompt": " ", "completion": "a"},
    "half a pair": {"prompt": "q", "first": "a", "second": "b"},
    "both": {"prompt": "q", "completion": "a", "chosen": "b", "rejected": "c"},
    "labels of nothing": {"prompt": "q", "labels": {"0": "x"}},
    "no choice": {"prompt": "q", "first": "a", "second": "b", "label": "l", "labels": {"0": "left one"}},
    "no text": {"prompt": "q", "completion": "a", "labels": {"0": " "}},
    "a number": {"prompt": "q", "completion": 3},
    "labels as a list": {"prompt": "q", "completion": "a", "labels": ["x"]},
    "nothing in braces": {"prompt": "On {}", "completion": "a"},
}


@pytest.mark.parametrize("parts", UNFIT.values(), ids=UNFIT)
def test_parts_that_do_not_go_together_are_refused(parts):
    with pytest.raises(InputError) as caught:
        Mapping(**parts)
    assert caught.value.rule and caught.value.remedy


@pytest.mark.parametrize(
    "parts, missing",
    [
        ({"prompt": "ask", "completion": "Say"}, "'ask'"),
        ({"prompt": "{Ask} {topic}", "completion": "Say"}, "'topic'"),
        ({"prompt": "Ask", "completion": "{Say.__class__}"}, "'Say.__class__'"),
        ({"prompt": "plain words", "completion": "Say"}, "'plain words'"),
    ],
)
def test_an_unknown_column_is_named_with_the_columns_there_are(parts, missing):
    with pytest.raises(DatasetError, match=f"{missing}, which is not there") as caught:
        Dataset.load(ROWS, mapping=Mapping(**parts))
    assert caught.value.rule == "The columns are 'Ask', 'about', 'Say', 'mood'"


def test_a_mapping_for_the_other_loader_and_one_that_fits_no_row():
    with pytest.raises(DatasetError, match=r"for preferences.*Preferences\.load"):
        Dataset.load(PAIRS, mapping=Mapping(prompt="q", chosen="A", rejected="B"))
    with pytest.raises(DatasetError, match=r"for examples.*Dataset\.load"):
        Preferences.load(ROWS, mapping=Mapping(prompt="Ask", completion="Say"))
    with pytest.raises(DatasetError, match="fits no row; row 1: 'b' is empty"):
        Dataset.load([{"a": "x", "b": None}], mapping=Mapping(prompt="a", completion="b"))


def test_it_is_kept_as_json(tmp_path):
    mapping = Mapping(prompt="On {q}", first="A", second="B", label="é", labels={1: "first"})
    assert Mapping.load(mapping.save(tmp_path / "m.json")) == mapping
    table = tmp_path / "t.csv"
    table.write_text("Ask,Say\nFee?,1%\n")
    Mapping(prompt="Ask", completion="Say").save(tmp_path / "n.json")
    assert shown(Dataset.load(table, mapping=Mapping.load(tmp_path / "n.json"))) == [("Fee?", "1%")]
    assert shown(Dataset.paste(table.read_text(), mapping=Mapping.load(tmp_path / "n.json"))) == [
        ("Fee?", "1%")
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"completion": "a"}',
        b'{"prompt": "a", "code": "b"}',
        b'{"prompt": "a", "prompt": "b"}',
    ],
)
def test_another_file_is_no_mapping(content, tmp_path):
    (tmp_path / "m.json").write_bytes(content)
    with pytest.raises(DatasetError, match=r"m\.json is not a mapping"):
        Mapping.load(tmp_path / "m.json")
    (tmp_path / "m.json").write_text(json.dumps({"prompt": "a", "completion": 3}))
    with pytest.raises(InputError, match="wrong kind"):
        Mapping.load(tmp_path / "m.json")
    with pytest.raises(NotFoundError):
        Mapping.load(tmp_path / "none.json")


def test_a_cell_that_is_no_number_is_empty():
    rows = [{"q": "What?", "a": float("nan")}, {"q": "Who?", "a": 3.5}]
    data = Dataset.load(rows, mapping=Mapping(prompt="q", completion="a"))
    assert [one.completion for one in data] == ["3.5"] and len(data.findings) == 1
