"""Every format is recognised by its columns, and look-alikes are asked about, not guessed."""

import csv
import io
import json

import pytest

from playground.dataset import formats
from playground.dataset.table import Dataset
from playground.errors import DatasetError
from playground.preference.collect import Preferences
from playground.records import Message

TURNS = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]

ROWS = {
    "prompt-completion": {"prompt": "q", "completion": "a"},
    "prompt-response": {"prompt": "q", "response": "a"},
    "question-answer": {"question": "q", "answer": "a"},
    "instruction-response": {"instruction": "q", "response": "a"},
    "input-output": {"input": "q", "output": "a"},
    "alpaca": {"instruction": "q", "input": "", "output": "a"},
    "messages": {"messages": TURNS},
    "sharegpt": {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
    "text-label": {"text": "q", "label": "a"},
}


@pytest.mark.parametrize("name", ROWS)
def test_each_format_gives_the_same_example(name):
    row = ROWS[name] | {"extra": 1}
    assert formats.detect([row])[0] == name
    examples, findings = formats.to_examples([(7, row)], name)
    assert findings == []
    assert examples[0].row == 7
    assert examples[0].example.prompt == (Message("user", "q"),)
    assert examples[0].example.completion == "a"


def test_conversational_prompt_and_completion():
    row = {"prompt": TURNS[:1], "completion": TURNS[1:]}
    assert formats.detect([row])[0] == "prompt-completion"
    (numbered,), _ = formats.to_examples([(1, row)], "prompt-completion")
    assert (numbered.example.question, numbered.example.completion) == ("q", "a")


def in_cells(*rows) -> str:
    """A table as CSV; what is no text stands in its cells as JSON."""
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0])
    writer.writeheader()
    writer.writerows({k: v if isinstance(v, str) else json.dumps(v) for k, v in row.items()} for row in rows)
    return file.getvalue()


@pytest.mark.parametrize("row", [
    {"prompt": TURNS[:1], "completion": TURNS[1:]}, {"question": TURNS[:1], "answer": "a"},
    {"input": [{"from": "Human", "value": "q"}], "output": [{"from": "gpt", "value": "a"}]},
    {"messages": TURNS, "id": "1"},
])  # fmt: skip
def test_conversations_in_the_cells_of_a_table_are_read(row):
    (example,) = Dataset.paste(in_cells(row))
    assert (example.prompt, example.completion) == ((Message("user", "q"),), "a")


def test_turns_as_python_prints_them_are_told_and_other_lists_are_text():
    rows = [
        {"prompt": str(TURNS[:1]), "completion": "a"},
        {"prompt": '[{"role": "admin", "content": "q"}]', "completion": '["a"]'},
        {"prompt": "q", "completion": TURNS},
    ]
    data = Dataset.paste(in_cells(*rows))
    assert [(one.question, one.completion) for one in data] == [(rows[1]["prompt"], '["a"]')]
    printed, two = data.findings
    assert printed.row == 1 and "'prompt' holds turns as Python prints them" in printed.message
    assert two.row == 3 and "exactly one turn" in two.message


def test_judged_conversations_in_the_cells_of_a_table_are_read(tmp_path):
    worse = [TURNS[0], {"role": "assistant", "content": "b"}]
    for row in (
        {"chosen": TURNS, "rejected": worse},
        {"prompt": TURNS[:1], "chosen": TURNS[1:], "rejected": worse[1:]},
        {"prompt": TURNS[:1], "response_a": TURNS[1:], "response_b": "b", "winner": "response_a"},
    ):
        (tmp_path / "judged.csv").write_text(in_cells(row))
        (one,) = Preferences.load(tmp_path / "judged.csv")
        assert (one.prompt, one.first, one.second, one.choice) == ("q", "a", "b", "first")


def test_system_and_earlier_turns_stay_in_the_prompt():
    turns = [{"role": "system", "content": "s"}, *TURNS, *TURNS]
    (numbered,), _ = formats.to_examples([(1, {"messages": turns})], "messages")
    assert [m.role for m in numbered.example.prompt] == ["system", "user", "assistant", "user"]


def test_alpaca_joins_instruction_and_input_and_keeps_the_system():
    row = {"instruction": "Translate", "input": "Hallo", "output": "Hello", "system": "Be brief"}
    (numbered,), _ = formats.to_examples([(1, row)], "alpaca")
    assert numbered.example.prompt == (Message("system", "Be brief"), Message("user", "Translate\n\nHallo"))


def test_content_in_parts_is_joined():
    parts = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    row = {"messages": [{"role": "user", "content": parts}, TURNS[1]]}
    (numbered,), _ = formats.to_examples([(1, row)], "messages")
    assert numbered.example.question == "one two"


def test_tags_are_kept():
    row = {"prompt": "q", "completion": "a", "tags": ["domain", "fee"]}
    assert Dataset.load([row])[0].tags == ("domain", "fee")
    assert Dataset.load(Dataset.load([row]).rows())[0].tags == ("domain", "fee")


BAD = {
    "last turn": ({"messages": TURNS[:1]}, "must be the assistant's"),
    "unknown role": ({"messages": [{"role": "tool", "content": "x"}, TURNS[1]]}, "'tool'"),
    "number as role": ({"messages": [{"role": 1, "content": "x"}]}, "role 1"),
    "list as role": ({"messages": [{"role": ["user"], "content": "x"}]}, "unknown"),
    "no content": ({"messages": [{"role": "user"}, TURNS[1]]}, "content of turn 1"),
    "image part": (
        {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, TURNS[1]]},
        "a list, not text",
    ),
    "empty list": ({"messages": []}, "not a list of turns"),
    "turn is text": ({"messages": ["hello"]}, "Turn 1"),
}


@pytest.mark.parametrize("row, said", BAD.values(), ids=BAD)
def test_a_bad_row_says_what_is_wrong(row, said):
    examples, findings = formats.to_examples([(3, row)], "messages")
    assert examples == []
    assert findings[0].row == 3 and said in findings[0].message


def test_two_completions_are_not_a_completion():
    row = {"prompt": "q", "completion": [TURNS[1], TURNS[1]]}
    _, findings = formats.to_examples([(1, row)], "prompt-completion")
    assert "exactly one turn" in findings[0].message


MORE = {
    "tools are tolerated": ("messages", {"messages": TURNS, "tools": [{"type": "function"}]}, "q"),
    "roles in capitals": ("messages", {"messages": [t | {"role": t["role"].title()} for t in TURNS]}, "q"),
    "keys of ShareGPT under messages": (
        "messages",
        {"messages": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
        "q",
    ),
    "context is asked with the question": (
        "question-answer",
        {"question": "q", "context": "because", "answer": "a"},
        "q\n\nbecause",
    ),
    "codes with their words beside": ("text-label", {"text": "q", "label": 1, "label_text": "a"}, "q"),
    "a label that is a word": ("prompt-completion", {"prompt": "q", "completion": "a", "label": "fees"}, "q"),
}


@pytest.mark.parametrize("name, row, asked", MORE.values(), ids=MORE)
def test_variants_of_a_format(name, row, asked):
    loaded = Dataset.load([row])
    assert (loaded.format, loaded[0].question, loaded[0].completion) == (name, asked, "a")


def test_a_system_column_goes_first():
    for row in (ROWS["sharegpt"], ROWS["prompt-completion"], ROWS["messages"], ROWS["text-label"]):
        assert Dataset.load([row | {"system": "s"}])[0].prompt[0] == Message("system", "s")
    turns = [{"role": "system", "content": "own"}, *TURNS]
    assert Dataset.load([{"messages": turns, "system": "s"}])[0].prompt[0] == Message("system", "own")


def test_context_is_named_where_a_row_has_it():
    rows = [{"question": "q", "answer": "a"}, {"question": "q", "context": "c", "answer": "a"}]
    assert formats.detect(rows)[1] == (
        "the columns 'question' and 'answer' hold a prompt and its completion, "
        "with 'context' appended to the prompt"
    )
    assert "context" not in formats.detect([row | {"context": ""} for row in rows])[1]


def test_text_that_is_not_read_is_named_in_the_reason():
    reason = formats.detect(
        [{"prompt": "q", "completion": "a", "notes": "x", "tools": [1], "id": "7", "n": 3}]
    )[1]
    assert reason.endswith("; not read: 'notes', 'tools'")


def test_text_alone_is_prompts():
    assert Dataset.load([{"text": "q", "id": "1"}]).clean().prompts() == ["q"]
    assert formats.detect([{"text": "q"}]) == ("prompt-only", formats.REASONS["text-only"])


def test_one_code_among_words_is_a_finding():
    loaded = Dataset.load([{"text": "q", "label": " good "}] * 3 + [{"text": "q", "label": 2}])
    assert loaded[0].completion == "good"
    assert [finding.row for finding in loaded.findings] == [4]


LOOK_ALIKES = {
    "space in the name": [{"prompt": "q", "response 1": "a", "completion ": "b", "label": 1}] * 3,
    "an answer and its rival": [{"prompt": "q", "completion": "a", "response 1": "b", "label": 1}],
    "completion and response": [{"prompt": "q", "completion": "a", "response": "b"}],
    "two answers, no label": [{"prompt": "q", "response 1": "a", "response 2": "b"}],
    "two answers, two labels": [
        {"prompt": "q", "answer_a": "a", "answer_b": "b", "label": "a", "winner": "b"}
    ],
    "four answers, one label": [{"prompt": "q", "label": "a"} | {f"answer_{x}": x for x in "abcd"}],
    "codes beside a completion": [{"prompt": "q", "completion": "a", "label": n % 3} for n in range(9)],
    "codes as text": [{"text": "q", "label": "0"}, {"text": "q", "label": " 1"}],
    "truth as a class": [{"text": "q", "label": True}],
    "names in two cases": [
        {"prompt": "q", "Prompt": "r", "response_a": "a", "response_b": "b", "label": "a"}
    ],
    "classification": [{"text": "q", "label": 0}],
    "all null": [{"prompt": None, "completion": None}],
    "half and half": [{"prompt": "q", "completion": "a"}, {"question": "q", "answer": "a"}],
    "a number as the answer": [{"prompt": "2+2?", "answer": 4}],
    "a truth value as the answer": [{"prompt": "Is it?", "answer": False}],
    "a number beside a text": [{"text": "q", "sentiment": 1}],
    "other case": [{"Prompt": "q", "Completion": "a"}],
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_look_alikes_are_never_guessed_silently(name):
    with pytest.raises(DatasetError, match="columns are") as caught:
        Dataset.load(LOOK_ALIKES[name])
    assert "Rename" in caught.value.remedy


def test_prompts_alone_may_say_where_they_are_from():
    row = {"prompt": "q", "id": 17, "tags": ["t"], "completion": None}
    assert formats.detect([row]) == ("prompt-only", formats.REASONS["prompt-only"])


@pytest.mark.parametrize("name", ["messages", "conversations"])
def test_conversations_that_all_wait_for_an_answer_are_prompts(name):
    waiting = [{name: [*TURNS, TURNS[0]], "system": "s"}, {name: TURNS[:1], "prompt": "the same"}]
    data = Dataset.load(waiting)
    assert data.format == "prompt-only" and len(data.clean()) == 2 and data.findings == []
    assert [len(one.prompt) for one in data] == [4, 1]
    assert data.reason == formats.REASONS["turns-only"] + "; not read: 'prompt'"
    mixed = Dataset.load([*waiting, {name: TURNS}])
    assert (mixed.format, len(mixed)) == (formats.detect([{name: TURNS}])[0], 1)
    assert "must be the assistant's" in mixed.findings[0].message


def test_numbers_beside_some_prompts_are_named():
    rows = [{"prompt": "q"}] * 3 + [{"prompt": "q", "sum": 4}]
    name, reason = formats.detect(rows)
    assert name == "prompt-only" and reason.endswith("in 3 of 4 rows; not read: 'sum'")


def test_a_minority_of_other_rows_is_reported():
    rows = [{"prompt": "q", "completion": "a"}] * 3 + [{"question": "q", "answer": "a"}]
    name, reason = formats.detect(rows)
    assert name == "prompt-completion" and "3 of 4 rows" in reason
    assert [finding.row for finding in Dataset.load(rows).findings] == [4]


PREFERENCES = {
    "strings": ("preference", {"prompt": "q", "chosen": "a", "rejected": "b"}),
    "turns": ("preference", {"prompt": TURNS[:1], "chosen": TURNS[1:], "rejected": TURNS[1:]}),
    "no prompt": ("preference", {"chosen": TURNS, "rejected": TURNS}),
    "with messages": ("preference", {"messages": TURNS, "chosen": TURNS, "rejected": TURNS}),
    "our own": ("labelled-answers", {"prompt": "q", "first": "a", "second": "b", "choice": "tie"}),
    "spaces": ("labelled-answers", {"Prompt": "q", "Response 1": "a", "response 2": "b", "label": " 1"}),
    "arena": ("labelled-answers", {"question": "q", "answer_a": "a", "answer_b": "b", "winner": "model_a"}),
    "ranks": ("ranked-answers", {"prompt": "q", "answers": ["a", "b"], "ranks": [2, 1]}),
    "rank inside": ("ranked-answers", {"prompt": "q", "answers": [{"text": "a", "rank": 1}] * 2}),
    "rank by column": (
        "ranked-answers",
        {"prompt": "q", "answer a": "a", "answer b": "b", "rank a": 1, "rank b": 2},
    ),
    "rank by row": ("ranked-answers", {"prompt": "q", "completion": "a", "rank": 2}),
    "kto": ("kto", {"prompt": "q", "completion": "a", "label": False}),
    "kto as text": ("kto", {"prompt": "q", "completion": "a", "label": "True"}),
    "kto in turns": ("kto", {"prompt": TURNS[:1], "completion": TURNS[1:], "label": True}),
}


@pytest.mark.parametrize("name, row", PREFERENCES.values(), ids=PREFERENCES)
def test_preferences_are_sent_to_their_own_loader(name, row):
    assert formats.detect([row]) == (name, formats.REASONS[name])
    with pytest.raises(DatasetError) as caught:
        Dataset.load([row])
    assert name in caught.value.value and formats.REASONS[name] in caught.value.value
    assert "Preferences.load" in caught.value.remedy and "Preferences tab" in caught.value.remedy


def test_truth_values_among_words_are_asked_about():
    rows = [{"prompt": "q", "completion": "a", "label": label} for label in ("fees", "fees", True)]
    with pytest.raises(DatasetError, match="a truth value in 1 of 3 rows"):
        Dataset.load(rows)


def test_codes_are_asked_about_with_the_choices():
    with pytest.raises(DatasetError, match="'label' holds the codes 0, 1, 2") as caught:
        Dataset.load([{"prompt": "q", "completion": "a", "label": n % 3} for n in range(9)])
    assert "Mapping(prompt='prompt', completion='completion')" in caught.value.remedy
