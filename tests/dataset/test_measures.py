"""The numbers behind the charts, against what counting by hand gives."""

import json
import subprocess
import sys
from functools import partial
from types import SimpleNamespace

import pytest

from playground import settings
from playground.dataset.measures import measure
from playground.dataset.render import render
from playground.dataset.table import Dataset
from playground.dataset.tokens import Counted, counter
from playground.errors import InputError, NotFoundError
from playground.records import Example, Message

POCKET = settings.ASSETS / "pocket"
ASKED = [
    ("What does the Cedar Fund cost?", "0.1 percent a year.", ("domain", "fee")),
    ("what does the cedar fund cost", "It is low.", ("domain",)),
    ("What is 東京?", "A city: 東京.", ()),
    ("What is 東京?", "A city:  東京.", ()),
]


@pytest.fixture(scope="module")
def model():
    from transformers import AutoTokenizer

    return SimpleNamespace(tokenizer=AutoTokenizer.from_pretrained(POCKET))


@pytest.fixture
def data():
    rows = [Example((Message("user", asked),), said, tags) for asked, said, tags in ASKED]
    talk = (Message("user", "Hello"), Message("assistant", "Yes?"), Message("user", "What is new?"))
    return Dataset([*rows, Example(talk, "Nothing at all.")])


def words(texts):
    return [Counted(len(text.split()), text.count("?")) for text in texts]


def test_tokens_are_those_of_the_rendered_conversation(model, data):
    found = data.measures(counter(model), window=20, render=partial(render, model))
    rendered = [render(model, example) for example in data]
    assert found.tokens == sum(map(len, rendered))
    assert found.learned == sum(loss for pieces in rendered for _, loss in pieces)
    assert found.over == sum(len(pieces) > 20 for pieces in rendered) > 0
    assert found.lengths["whole"].longest == max(map(len, rendered))
    assert 0 < found.learned_share < 1
    json.dumps(found.as_dict())


def test_what_the_vocabulary_lacks_is_told(model, data):
    found = data.measures(counter(model))
    (least,) = {len(model.tokenizer("東京", add_special_tokens=False)["input_ids"]) - 1}
    assert least <= found.unknown / 4 <= least + 2
    assert [one.row for one in found.lacking] == [3, 4] and found.lacking[0].prompt == "What is 東京?"
    assert found.lacking[0].share > 0.3


def test_texts_alone_are_counted_without_a_template(data):
    found = data.measures(words)
    assert found.tokens == sum(len(f"{asked} {said}".split()) for asked, said, _ in ASKED) + 5 + 3
    assert found.learned == sum(len(said.split()) for _, said, _ in ASKED) + 3
    assert found.turns == {2: 4, 4: 1} and found.tags == {"domain": 2, "fee": 1} and found.labels == {}
    assert (found.duplicates, found.repeated_prompts) == (1, 2)
    assert (found.window, found.over) == (None, 0)


def test_a_histogram_counts_every_row_once():
    rows = [Example((Message("user", "w " * n),), "") for n in (1, 1, 7, 90, 803)]
    lengths = measure(rows, range(1, 6), words).lengths["prompt"]
    assert sum(lengths.counts) == 5 and len(lengths.edges) == len(lengths.counts) + 1
    for low, high, count in zip(lengths.edges, lengths.edges[1:], lengths.counts, strict=False):
        assert count == sum(low <= n < high for n in (1, 1, 7, 90, 803))
    assert (lengths.median, lengths.most, lengths.longest) == (7, 803, 803)
    assert lengths.edges[1] == 50


def test_prompts_alone_are_never_learned(model):
    found = Dataset.load("larkspur-prompts")[:20].measures(counter(POCKET), render=partial(render, model))
    assert found.learned == 0 and found.lengths["completion"].longest == 0 and found.tokens > 100


def test_classes_are_told_where_completions_are_few():
    rows = [{"text": f"text {n}", "label": "good" if n % 4 else "bad"} for n in range(40)]
    data = Dataset.load(rows)
    assert data.measures(words).labels == {"good": 30, "bad": 10}
    assert data[:8].measures(words).labels == {}


def test_an_empty_table_and_an_impossible_window(data):
    found = data[:0].measures(words)
    assert (found.rows, found.tokens, found.learned_share, found.unknown_share) == (0, 0, 0.0, 0.0)
    with pytest.raises(InputError, match="window is 0"):
        data.measures(words, window=0)


def test_of_a_large_table_a_sample_is_measured_and_told():
    rows = [Example((Message("user", "w " * (n % 7 + 1)),), f"a {n % 3}", ("x",)) for n in range(900)]
    data, told = Dataset(rows), []
    found = data.measures(words, window=8, most=300, progress=lambda *one: told.append(one))
    assert (found.rows, found.measured) == (900, 300) and told[-1] == (300, 300)
    assert found == data.measures(words, window=8, most=300) != data[:600].measures(words, window=8, most=300)
    assert abs(found.epoch / data.measures(words).tokens - 1) < 0.05 and found.epoch == 3 * found.tokens
    assert sum(found.lengths["whole"].counts) == 300 and found.tags == {"x": 900} and found.turns == {2: 900}
    whole = data.measures(words)
    assert (found.duplicates, found.repeated_prompts) == (879, 893)
    assert (whole.duplicates, whole.repeated_prompts) == (879, 893)
    assert whole.measured == 900 and whole.epoch == whole.tokens
    with pytest.raises(InputError, match="sample has 0"):
        data.measures(words, most=0)


def test_charts(data):
    found = data.measures(words, window=30)
    figure = found.plot()
    assert [line.name for line in figure.data] == ["prompt", "completion", "whole"]
    assert sum(figure.data[0].y) == 5 and figure.layout.shapes[0].x0 == 30
    assert list(found.plot("turns").data[0].y) == [4, 1]
    with pytest.raises(NotFoundError, match="no chart"):
        found.plot("colour")


def test_progress_is_told_to_the_end(data):
    told = []
    data.measures(words, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 5) and told[-1] == (5, 5)


def test_counting_needs_no_torch():
    program = (
        "import sys; from playground.dataset.tokens import counter; "
        "print(counter(sys.argv[1])(['Hello', '東'])); "
        "assert not {'torch', 'transformers'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(POCKET)], capture_output=True, text=True)
    assert "unknown=0" in done.stdout and "unknown=3" in done.stdout, done.stderr
    with pytest.raises(NotFoundError, match="no tokenizer"):
        counter(settings.ASSETS / "nothing")


def test_an_unknown_token_is_counted():
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    plain = Tokenizer(WordLevel({"[UNK]": 0, "a": 1}, unk_token="[UNK]"))
    plain.pre_tokenizer = Whitespace()
    plain.enable_truncation(2)
    assert counter(plain)(["a b c a"]) == [Counted(4, 2)]


def test_overlap_of_prompts():
    learned = ("one two three four five six", "Hi there")
    train = Dataset.load([{"prompt": p, "completion": "x"} for p in learned])
    asked = ("One, two three four!", "seven eight nine two three four", "hi there", "there", "hi")
    test = Dataset.load([{"prompt": p, "completion": "y"} for p in asked])
    found = train.overlap(test, 3)
    # Runs: 2 of 2; 1 of 4; whole prompts: 1 of 1; none; none.
    assert (found.runs, found.seen, round(found.share, 3)) == (9, 4, 0.444)
    assert [(one.row, one.share) for one in found.worst] == [(1, 1.0), (3, 1.0), (2, 0.25)]
    assert found.rows == [2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2]
    assert found.worst[0].prompt == asked[0]
    assert train.overlap(train, 2).share == 1 and train.overlap(test[:0]).share == 0
    assert train[:0].overlap(test).seen == 0
    with pytest.raises(InputError, match="0 words"):
        train.overlap(test, 0)
