"""Every format is recognised by its columns, and look-alikes are asked about, not guessed."""

import pytest

from playground.dataset import formats
from playground.dataset.table import Dataset
from playground.errors import DatasetError
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


LOOK_ALIKES = {
    "space in the name": [{"prompt": "q", "response 1": "a", "completion ": "b", "label": 1}] * 3,
    "classification": [{"text": "q", "label": 0}],
    "all null": [{"prompt": None, "completion": None}],
    "half and half": [{"prompt": "q", "completion": "a"}, {"question": "q", "answer": "a"}],
    "other case": [{"Prompt": "q", "Completion": "a"}],
}


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_look_alikes_are_never_guessed_silently(name):
    with pytest.raises(DatasetError, match="columns are") as caught:
        formats.detect(LOOK_ALIKES[name])
    assert "Rename" in caught.value.remedy


def test_prompts_alone_may_carry_labels():
    row = {"prompt": "q", "id": "17", "tags": ["t"], "score": 3, "completion": None}
    assert formats.detect([row]) == ("prompt-only", "there is a column 'prompt' and no other text")


def test_a_minority_of_other_rows_is_reported():
    rows = [{"prompt": "q", "completion": "a"}] * 3 + [{"question": "q", "answer": "a"}]
    name, reason = formats.detect(rows)
    assert name == "prompt-completion" and "3 of 4 rows" in reason
    assert [finding.row for finding in Dataset.load(rows).findings] == [4]


def test_preferences_are_sent_to_their_own_loader():
    with pytest.raises(DatasetError, match=r"Preferences\.load"):
        Dataset.load([{"prompt": "q", "chosen": "a", "rejected": "b"}])
