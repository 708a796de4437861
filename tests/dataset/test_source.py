"""Malformed sources give one clear error; single bad rows become findings."""

import gzip
import io
import json
import zipfile

import pytest

from playground.dataset import source
from playground.dataset.table import Dataset
from playground.errors import DatasetError, InputError, NotFoundError, PlaygroundError

GOOD = '{"prompt": "p", "completion": "c"}\n'


def parquet(columns):
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer)
    return buffer.getvalue()


REFUSED = {
    "empty.jsonl": (b"", "is empty"),
    "blank.jsonl": (b"\n \r\n\t\n", "is empty"),
    "only-bom.jsonl": (b"\xef\xbb\xbf", "is empty"),
    "comma.jsonl": (GOOD.encode() + b'{"prompt": "p" "completion": "c"}\n', "Line 2 of comma.jsonl"),
    "cut.jsonl": (GOOD.encode() * 2 + b'{"prompt": "p", "comp', "Line 3 of cut.jsonl"),
    "nan.jsonl": (b'{"prompt": NaN, "completion": "c"}\n', "Line 1 .*NaN"),
    "twice.jsonl": (b'{"prompt": "p", "prompt": "q"}\n', "Line 1 .*appears twice"),
    "deep.jsonl": (b"[" * 100_000 + b"]" * 100_000, "Line 1 .*nested deeper"),
    "columns.jsonl": (b'{"foo": "p", "bar": "c"}\n', "columns are 'foo', 'bar'"),
    "strings.jsonl": (b'"p"\n"q"\n', "not objects"),
    "values.jsonl": (b'{"prompt": 1, "completion": 2}\n', "row 1: 'prompt' is a number"),
    "text.json": (b"hello", "line 1"),
    "lines.json": (GOOD.encode() * 2, "line 2: Extra data"),
    "late.json": (b'[\n{"prompt": "p"},\n{"prompt" "q"}]', "line 3"),
    "object.json": (b'{"prompt": "p", "completion": "c"}', "no list of rows"),
    "number.json": (b"12", "no list of rows"),
    "nothing.json": (b"[]", "is empty"),
    "splits.json": (b'{"train": [{"prompt": "p"}], "test": [{"prompt": "q"}]}', "'train', 'test'"),
    "header.csv": (b"prompt,completion\n", "is empty"),
    "unnamed.csv": (b"prompt,\np,c\n", "header of unnamed.csv"),
    "twin.csv": (b"prompt,prompt\np,c\n", "header of twin.csv"),
    "quote.csv": (b'prompt,completion\np,"c" x\n', "Line 2 of quote.csv"),
    "open.csv": (b'prompt,completion\np,"c\n', "Line 2 of open.csv|unexpected end"),
    "noheader.csv": (b"What?,This.\nWho?,Me.\n", "columns are 'What\\?'"),
    "binary.jsonl": (bytes(range(256)), "not text"),
    "packed.jsonl": (gzip.compress(GOOD.encode()), "not text"),
    "half.txt": (b"\xff\xfea", "not text"),
    "nul.csv": (b"\0" * 64, "only NUL characters"),
    "nul.tsv": (b"\0\n\0\n", "only NUL characters"),
    "fake.parquet": (b"PAR1 this is not", "not a Parquet file"),
    "zero.parquet": (parquet({"prompt": []}), "is empty"),
    "book.xlsx": (b"PK", "not an Excel workbook"),
    "book.ods": (b"PK", "ending '.ods'"),
    "none": (b"x", "ending ''"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_malformed_file_gives_one_clear_error(tmp_path, name):
    content, said = REFUSED[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=said) as caught:
        Dataset.load(tmp_path / name)
    assert caught.value.remedy
    assert len(str(caught.value)) < 600


ROWS = [{"prompt": "What?", "completion": 'Thé, "quoted"\nand more'}, {"prompt": "Who?", "completion": "Me."}]


ACCEPTED = {
    "a.jsonl": "\n".join(map(json.dumps, ROWS)).encode(),
    "bom.jsonl": b"\xef\xbb\xbf" + "\n".join(map(json.dumps, ROWS)).encode(),
    "crlf.jsonl": "\r\n".join(map(json.dumps, ROWS)).encode(),
    "utf16.jsonl": "\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS).encode("utf-16"),
    "a.json": json.dumps(ROWS, indent=2).encode(),
    "wrapped.json": json.dumps({"data": ROWS}).encode(),
    "columns.json": json.dumps({name: [row[name] for row in ROWS] for name in ROWS[0]}).encode(),
    "a.csv": 'prompt,completion\nWhat?,"Thé, ""quoted""\nand more"\nWho?,Me.\n'.encode(),
    "bom.csv": '\ufeffprompt,completion\nWhat?,"Thé, ""quoted""\nand more"\nWho?,Me.\n'.encode(),
    "excel.csv": 'prompt;completion\r\nWhat?;"Thé, ""quoted""\nand more"\r\nWho?;Me.\r\n'.encode(),
    "a.tsv": 'prompt\tcompletion\nWhat?\t"Thé, ""quoted""\nand more"\nWho?\tMe.\n'.encode(),
    "utf16.csv": 'prompt,completion\nWhat?,"Thé, ""quoted""\nand more"\nWho?,Me.\n'.encode("utf-16"),
    "a.parquet": parquet({name: [row[name] for row in ROWS] for name in ROWS[0]}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_the_same_rows_from_every_kind_of_file(tmp_path, name):
    (tmp_path / name).write_bytes(ACCEPTED[name])
    loaded = Dataset.load(str(tmp_path / name))
    assert [(example.question, example.completion) for example in loaded] == [tuple(r.values()) for r in ROWS]
    assert loaded.findings == [] and loaded.name == name


def test_windows_1252_is_read_and_said(tmp_path):
    path = tmp_path / "old.csv"
    path.write_bytes("prompt,completion\na,b\nWas heißt café?,Kaffee\n".encode("cp1252"))
    loaded = Dataset.load(path)
    assert loaded[1].question == "Was heißt café?"
    assert [(finding.row, finding.kind) for finding in loaded.findings] == [(0, "encoding")]
    assert "Line 3" in loaded.findings[0].message


def test_bad_single_rows_become_findings(tmp_path):
    rows = [
        '{"prompt": "a", "completion": "b"}',
        '{"prompt": "a"}',
        '["a", "b"]',
        "",
        '{"prompt": "a", "completion": true}',
        '{"prompt": "half \\ud83d", "completion": "b"}',
        '{"prompt": "nul\\u0000", "completion": "b"}',
        '{"prompt": "line\u2028separator", "completion": "b"}',
        '{"prompt": "c", "completion": "d"}',
        '{"prompt": "e", "completion": "f"}',
    ]
    path = tmp_path / "mixed.jsonl"
    path.write_text("\n".join(rows))
    loaded = Dataset.load(path)
    assert [example.question for example in loaded] == ["a", "nul", "line\u2028separator", "c", "e"]
    assert [(finding.row, finding.kind, finding.action) for finding in loaded.findings] == [
        (2, "not an example", "dropped"),
        (3, "not an example", "dropped"),
        (5, "not an example", "dropped"),
        (6, "lone surrogate", "dropped"),
        (7, "control characters", "repaired"),
    ]
    assert "a truth value" in loaded.findings[2].message
    loaded.sha256, loaded.to_pandas()


def test_ragged_csv_rows_become_findings(tmp_path):
    path = tmp_path / "ragged.csv"
    path.write_text("prompt,completion\na,b\nlonely\nc,d,e\n\nf,g\n")
    loaded = Dataset.load(path)
    assert len(loaded) == 2
    assert [(finding.row, finding.kind) for finding in loaded.findings] == [(2, "cells"), (3, "cells")]


def test_a_cell_may_be_longer_than_the_default_limit_of_csv(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("prompt,completion\na," + "x" * 200_000 + "\n")
    assert len(Dataset.load(path)[0].completion) == 200_000


def test_plain_text_gives_prompts(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_text("One?\n\nTwo?\n")
    loaded = Dataset.load(path)
    assert loaded.format == "prompt-only" and loaded.prompts() == ["One?", "Two?"]


def test_a_folder_is_all_its_data_files(tmp_path):
    (tmp_path / "b.jsonl").write_text(GOOD)
    (tmp_path / "a.csv").write_text("prompt,completion\nfirst,x\n")
    (tmp_path / "README.md").write_text("not data")
    (tmp_path / ".hidden.jsonl").write_text("{broken")
    assert [example.question for example in Dataset.load(tmp_path)] == ["first", "p"]


def test_a_folder_without_data_is_refused(tmp_path):
    (tmp_path / "README.md").write_text("not data")
    with pytest.raises(DatasetError, match="holds no data file"):
        Dataset.load(tmp_path)


def test_a_missing_file_and_an_unknown_name_are_not_found(tmp_path):
    with pytest.raises(NotFoundError, match="no file"):
        Dataset.load(tmp_path / "none.jsonl")
    with pytest.raises(NotFoundError, match="no file"):
        Dataset.load("nowhere.jsonl")
    with pytest.raises(NotFoundError, match="larkspur"):
        Dataset.load("larkspurr")


def test_a_file_beyond_the_cap_is_refused(tmp_path):
    path = tmp_path / "big.jsonl"
    path.write_text(GOOD * 1000)
    with pytest.raises(DatasetError, match=r"big\.jsonl has"):
        source.read(path, max_bytes=1000)


def test_shards_of_a_split_are_read_as_one(tmp_path):
    folder = tmp_path / "clone" / "data"
    folder.mkdir(parents=True)
    for number in range(2):
        name = f"train-0000{number}-of-00002.parquet"
        (folder / name).write_bytes(parquet({"prompt": [f"p{number}"], "completion": ["c"]}))
    (folder / "test-00000-of-00001.parquet").write_bytes(parquet({"prompt": ["t"], "completion": ["c"]}))
    (folder.parent / "README.md").write_text("its card")
    loaded = Dataset.load(folder.parent, split="train")
    assert [example.question for example in loaded] == ["p0", "p1"]
    assert (loaded.origin.kind, loaded.origin.split, len(loaded.origin.sha256)) == ("folder", "train", 64)
    with pytest.raises(DatasetError, match="'test', 'train'"):
        Dataset.load(folder.parent)


def test_what_the_datasets_library_saved_is_read(tmp_path):
    import datasets

    one, other = datasets.Dataset.from_list(ROWS), datasets.Dataset.from_list(ROWS[:1])
    one.save_to_disk(tmp_path / "one")
    datasets.DatasetDict({"train": one, "test": other}).save_to_disk(tmp_path / "both")
    datasets.DatasetDict({"test": other}).save_to_disk(tmp_path / "single")
    loaded = Dataset.load(tmp_path / "one")
    assert [example.completion for example in loaded] == [row["completion"] for row in ROWS]
    assert loaded.origin.kind == "folder" and loaded.origin.size > 0
    assert len(Dataset.load(tmp_path / "both", split="test")) == len(Dataset.load(tmp_path / "single")) == 1
    with pytest.raises(DatasetError, match="'train', 'test'"):
        Dataset.load(tmp_path / "both")
    with pytest.raises(DatasetError, match="no split 'dev'"):
        Dataset.load(tmp_path / "both", split="dev")
    with pytest.raises(DatasetError, match="has no splits"):
        Dataset.load(tmp_path / "one", split="train")
    with pytest.raises(DatasetError, match="unpacks to"):
        source.read(tmp_path / "one", max_bytes=10)
    (tmp_path / "one" / "state.json").write_text("{}")
    with pytest.raises(DatasetError, match="not a saved dataset"):
        Dataset.load(tmp_path / "one")


def test_only_the_hub_has_configs(tmp_path):
    (tmp_path / "a.jsonl").write_text(GOOD)
    with pytest.raises(InputError, match="no Hub dataset"):
        Dataset.load(tmp_path / "a.jsonl", config="english")


@pytest.mark.parametrize("names", [
    ("train/data.jsonl", "test/data.jsonl"), ("squad_train.jsonl", "squad_test.jsonl"),
])  # fmt: skip
def test_splits_of_an_archive_are_not_read_as_one(tmp_path, names):
    with zipfile.ZipFile(tmp_path / "data.zip", "w") as file:
        for name in names:
            file.writestr(name, GOOD)
    with pytest.raises(DatasetError, match="train"):
        Dataset.load(tmp_path / "data.zip")
    assert len(Dataset.load(tmp_path / "data.zip", split="test")) == GOOD.count("\n")


@pytest.mark.parametrize("text", ["What does it cost? " * 20, "a\0.csv", "~nobody-of-this-name/x.csv"])
def test_a_text_that_is_no_path_is_told(text):
    with pytest.raises(PlaygroundError, match=r"no dataset|no file|cannot be read"):
        Dataset.load(text)


def test_a_text_that_every_row_repeats_is_counted_in_every_row(tmp_path):
    import pyarrow
    import pyarrow.parquet

    codes = pyarrow.DictionaryArray.from_arrays([0] * 20_000, ["x" * 100_000])
    told = pyarrow.table({"prompt": ["q"] * 20_000, "completion": codes})
    pyarrow.parquet.write_table(told, tmp_path / "bomb.parquet")
    with pytest.raises(DatasetError, match="unpacks to"):
        Dataset.load(tmp_path / "bomb.parquet")


def test_a_key_that_comes_twice_among_many_is_found_at_once(tmp_path):
    keys = ", ".join(f'"k{n}": 1' for n in range(200_000))
    (tmp_path / "many.json").write_text("{" + keys + ', "k199999": 2}')
    with pytest.raises(DatasetError, match="'k199999' appears twice"):
        Dataset.load(tmp_path / "many.json")
