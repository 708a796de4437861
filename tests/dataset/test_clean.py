"""Every intervention is told, and a clean dataset is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.dataset.clean import Numbered, clean
from playground.dataset.table import Dataset
from playground.errors import InputError
from playground.records import Example, Message


def example(prompt="What?", completion="This."):
    return Example((Message("user", prompt),), completion)


def talk(*roles):
    return Example(tuple(Message(role, "x") for role in roles), "answer")


DROPPED = {
    "empty prompt": (example(prompt=" \n"), "empty"),
    "empty completion": (example(completion="\t "), "empty"),
    "no prompt": (Example((), "answer"), "empty"),
    "only control characters": (example(completion="\0\x1b"), "empty"),
    "lone surrogate": (example(completion="a\ud800b"), "lone surrogate"),
    "overlong": (example(completion="x" * 8001), "overlong"),
    "answer first": (talk("assistant", "user"), "turn order"),
    "answer last": (talk("user", "assistant"), "turn order"),
    "two users": (talk("user", "user"), "turn order"),
    "system late": (talk("user", "system", "user"), "turn order"),
    "system alone": (talk("system"), "turn order"),
}


@pytest.mark.parametrize("bad, kind", DROPPED.values(), ids=DROPPED)
def test_dropped_rows_are_told(bad, kind):
    kept, findings = clean([Numbered(1, example()), Numbered(2, bad)])
    assert [row.row for row in kept] == [1]
    assert (findings[-1].row, findings[-1].kind, findings[-1].action) == (2, kind, "dropped")


REPAIRED = {
    "mojibake": ("The cafÃ© isnâ€™t open", "The café isn’t open", "mojibake"),
    "nul": ("a\0b", "ab", "control characters"),
    "escape": ("a\x1b[31mb", "a[31mb", "control characters"),
    "line ends": ("a\r\nb\rc", "a\nb\nc", "control characters"),
    "vertical tab and page break": ("a\x0bb\x0cc", "a\nb\nc", "control characters"),
}


@pytest.mark.parametrize("before, after, kind", REPAIRED.values(), ids=REPAIRED)
@pytest.mark.parametrize("field_name", ["prompt", "completion"])
def test_repaired_rows_are_told(before, after, kind, field_name):
    kept, findings = clean([Numbered(5, example(**{field_name: before}))])
    assert kept == [(5, example(**{field_name: after}))]
    assert [(f.row, f.kind, f.action, f.field_name) for f in findings] == [(5, kind, "repaired", field_name)]


@pytest.mark.parametrize("text", ["naïve café — “quotes”", "Straße 5 €", "日本語 🙂", "a\n\tb", "don’t"])
def test_good_text_is_left_alone(text):
    kept, findings = clean([Numbered(1, example(completion=text))])
    assert findings == [] and kept[0].example.completion == text


def test_duplicates_name_the_row_they_repeat():
    kept, findings = clean(
        [Numbered(2, example()), Numbered(4, example("What?  ")), Numbered(9, example(completion="That."))]
    )
    assert [row.row for row in kept] == [2, 9]
    assert findings[0].kind == "duplicate" and "row 2" in findings[0].message


def test_the_length_is_configurable():
    assert clean([Numbered(1, example("ab", "cd"))], max_characters=4)[1] == []
    assert clean([Numbered(1, example("ab", "cde"))], max_characters=4)[1][0].kind == "overlong"
    with pytest.raises(InputError):
        clean([], max_characters=0)


def test_prompts_alone_need_no_completion():
    prompts = Dataset.load([{"prompt": "a"}, {"prompt": "b"}, {"prompt": "a"}, {"prompt": ""}]).clean()
    assert prompts.prompts() == ["a", "b"]
    assert [finding.kind for finding in prompts.findings] == ["duplicate", "empty"]


TEXT = st.text(st.characters() | st.sampled_from("\0\x1b\r\n Ã©â€™\ud800"), max_size=12)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=12))
def test_cleaning_twice_changes_nothing_more(pairs):
    rows = [Numbered(row, example(*pair)) for row, pair in enumerate(pairs, start=1)]
    kept, findings = clean(rows)
    assert {row.row for row in kept} | {f.row for f in findings if f.action == "dropped"} == {
        r.row for r in rows
    }
    for row in kept:
        (row.example.question + row.example.completion).encode("utf-8")
    assert clean(kept) == (kept, [])
