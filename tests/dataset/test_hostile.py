"""Files made to break an importer: findings by row, or one clear error, soon, and nothing left behind."""

import base64
import gzip
import io
import json
import os
import pickle
import stat
import time
import tracemalloc
import zipfile
from datetime import datetime
from random import Random

import openpyxl
import pytest

from playground.dataset import readers, sheets, source
from playground.dataset.table import Dataset
from playground.errors import DatasetError, PlaygroundError
from playground.preference.collect import Preferences

ROW = {"prompt": "p", "completion": "c"}
TALK = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
LINE = (json.dumps(ROW) + "\n").encode()
MIB = 2**20


def zipped(*members, compression=zipfile.ZIP_DEFLATED):
    """A zip archive of (name or ZipInfo, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content, compression)
    return buffer.getvalue()


def linked(target):
    info = zipfile.ZipInfo("data.jsonl")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return zipped((info, target))


def encrypted():
    data = bytearray(zipped(("data.jsonl", LINE)))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(signature) + place] |= 1
    return bytes(data)


def misnamed(name):
    """An archive whose one member has a name that zipfile itself would not write."""
    return zipped(("x" * len(name), LINE)).replace(b"x" * len(name), name.encode())


def broken_checksum():
    data = bytearray(zipped(("data.jsonl", LINE * 50), compression=zipfile.ZIP_STORED))
    data[60] ^= 0xFF
    return bytes(data)


def understated(content):
    """An archive that declares ten bytes and holds more."""
    data = bytearray(zipped(("data.jsonl", content)))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.find(signature) + place
        data[at : at + 4] = (10).to_bytes(4, "little")
    return bytes(data)


def nameless():
    """An archive whose one member has no name: its one letter is declared to be something else."""
    data = bytearray(zipped(("x", LINE)))
    for signature, place in ((b"PK\x03\x04", 26), (b"PK\x01\x02", 28)):
        at = data.find(signature) + place
        data[at : at + 4] = b"\0\0\1\0"
    return bytes(data)


def workbook(*sheets):
    """An Excel file of (title, rows)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def altered(data, name, change):
    """A zip archive with one member's content changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    return zipped(*((one, change(content) if one == name else content) for one, content in members))


SHEET = "xl/worksheets/sheet1.xml"
GOOD_BOOK = workbook(("One", [["prompt", "completion"], ["p", "c"]]))


def laughs(content):
    entities = b'<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;">'
    return content.replace(b"<worksheet", b"<!DOCTYPE x [" + entities + b"]><worksheet", 1)


def parquet(prompt="p", count=50):
    import pyarrow
    import pyarrow.parquet

    buffer = io.BytesIO()
    table = pyarrow.table({"prompt": [prompt] * count, "completion": ["c"] * count})
    pyarrow.parquet.write_table(table, buffer)
    return buffer.getvalue()


class Canary:
    """Unpickling it fails the test."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def lines(*rows):
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()


REFUSED = {
    # I1 to I4, I6: JSON as its authors never meant it
    "nan.jsonl": (LINE + b'{"prompt": NaN, "completion": "c"}\n', "Line 2 .*NaN"),
    "infinity.json": (b'[{"prompt": "p", "completion": -Infinity}]', "Infinity"),
    "1e999.jsonl": (LINE + b'{"prompt": 1e999, "completion": "c"}\n', "Line 2 .*too large"),
    "twice.jsonl": (LINE + b'{"prompt": "p", "prompt": "q", "completion": "c"}', "Line 2 .*appears twice"),
    "huge.jsonl": (b'{"prompt": ' + b"9" * 100_000 + b"}", "Line 1 .*beyond 64 bits"),
    "deep.jsonl": (b'{"prompt":' * 100_000 + b"1" + b"}" * 100_000, "Line 1 .*nested deeper"),
    "deep.json": (b"[" * 100_000 + b"]" * 100_000, "nested deeper"),
    "half.jsonl": (LINE * 3 + LINE[:20], "Line 4"),
    "separators.json": ("[\u2028]".encode(), "not JSON"),
    "splits.json": (lines({"train": [ROW], "test": [ROW]}), "several lists: 'train', 'test'.*split='train'"),
    # I5: encodings
    "cut-utf16.jsonl": (b"\xff\xfe{\x00\x22", "not text"),
    "binary.csv": (bytes(range(256)) * 4, "not text"),
    "nul.txt": (b"\0" * 1000, "is empty"),
    # wrong endings
    "gzip.jsonl": (gzip.compress(LINE), "not text but a gzip archive"),
    "book.csv": (GOOD_BOOK, "zip archive .* or an Excel workbook"),
    "paper.txt": (b"%PDF-1.7\n\xe2\xe3\xcf\xd3\x81\x8d\n", "not text but a PDF"),
    "text.gz": (LINE, "does not say what is packed"),
    "text.jsonl.gz": (LINE, "damaged or cut short"),
    "text.zip": (LINE, "damaged or cut short"),
    "text.xlsx": (LINE, "not an Excel workbook"),
    "no-ending": (LINE, "ending ''"),
    "data.xls": (b"\xd0\xcf\x11\xe0", "ending '.xls'"),
    # I8: archives
    "cut.jsonl.gz": (gzip.compress(LINE * 100)[:-10], "damaged or cut short"),
    "checksum.jsonl.gz": (gzip.compress(LINE)[:-8] + b"\0" * 8, "damaged or cut short"),
    "twofold.jsonl.gz": (gzip.compress(gzip.compress(LINE)), "is an archive itself"),
    "data.tar.gz": (gzip.compress(b"ustar"), "does not say what is packed"),
    "nothing.jsonl.gz": (gzip.compress(b""), "is empty"),
    "slip.zip": (zipped(("../../data.jsonl", LINE)), "leads out of the archive"),
    "absolute.zip": (misnamed("/etc/data.jsonl"), "leads out of the archive"),
    "backslash.zip": (misnamed("..\\..\\data.jsonl"), "leads out of the archive"),
    "drive.zip": (misnamed("C:\\data.jsonl"), "leads out of the archive"),
    "link.zip": (linked("/etc/passwd"), "is a link"),
    "secret.zip": (encrypted(), "is encrypted"),
    "nested.zip": (
        zipped(("data.jsonl", LINE), ("more.zip", zipped(("data.jsonl", LINE)))),
        "archive itself",
    ),
    "disguised.zip": (zipped(("data.jsonl", gzip.compress(LINE))), "archive itself"),
    "armed.zip": (zipped(("data.jsonl", LINE), ("model.pkl", b"x")), "may hold code"),
    "cut.zip": (zipped(("data.jsonl", LINE * 100))[:-30], "damaged or cut short"),
    "checksum.zip": (broken_checksum(), "damaged or cut short"),
    "liar.zip": (understated(LINE * 1000), "damaged or cut short"),
    "nameless.zip": (nameless(), "holds no data file"),
    "void.zip": (zipped(), "holds no data file"),
    "photos.zip": (zipped(("a.png", b"x")), "holds no data file"),
    "undecided.zip": (zipped(("a.jsonl", LINE), ("b.csv", b"prompt\np\n")), "as many files of the kind"),
    "splits.zip": (zipped(("train.jsonl", LINE), ("test.jsonl", LINE)), "'test', 'train'.*split="),
    "many.zip": (zipped(*((f"{n}.jsonl", b"") for n in range(10_001)), compression=0), "more than 10,000"),
    # S5: what runs when it is opened
    **{
        f"model{ending}": (pickle.dumps(Canary()), "was not opened")
        for ending in (".pkl", ".pickle", ".pt", ".bin", ".npy", ".joblib", ".PKL", ".pkl.gz")
    },
    # tables
    "empty-name.csv": (b"prompt,,completion\np,x,c\n", "header of empty-name.csv"),
    "same-name.csv": (b"prompt,prompt,completion\np,q,c\n", "header of same-name.csv"),
    "open-quote.csv": (b'prompt,completion\np,"c\n' + b"x\n" * 1000, "not readable"),
    "only-header.csv": (b"prompt,completion\n", "is empty"),
    "ragged-all.csv": (b"prompt,completion\np\nq\n", "No row of ragged-all.csv can be read; row 1"),
    "same-name.xlsx": (workbook(("S", [["prompt", "prompt"], ["p", "q"]])), "header of same-name.xlsx"),
    "empty-name.xlsx": (workbook(("S", [["prompt", None, "x"], ["p", "q", "r"]])), "header of"),
    "void.xlsx": (workbook(("S", [])), "is empty"),
    "cut.xlsx": (GOOD_BOOK[:-40], "not an Excel workbook"),
    "other.xlsx": (zipped(("data.jsonl", LINE)), "not an Excel workbook"),
    "laughs.xlsx": (altered(GOOD_BOOK, SHEET, laughs), "declares a document type"),
    "broken-sheet.xlsx": (altered(GOOD_BOOK, SHEET, lambda xml: xml[:-40]), "not an Excel workbook"),
    "far-row.xlsx": (
        altered(GOOD_BOOK, SHEET, lambda xml: xml.replace(b'<row r="2"', b'<row r="999999999"')),
        "more than 1,048,576 rows",
    ),
    "cut.parquet": (parquet()[:-20], "not a Parquet file"),
    "altered.parquet": (parquet()[:30] + b"\xff" * 40 + parquet()[70:], "Parquet|No row"),
    "empty.jsonl": (b"", "is empty"),
    "blank.csv": (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
}


@pytest.fixture
def shelf(home):
    """The folder of saved datasets with one in it, and a way to see every byte of it."""
    Dataset.load([ROW]).save("mine")

    def everything():
        return {path: path.is_file() and path.read_bytes() for path in sorted(home.rglob("*"))}

    return everything


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_gives_one_clear_error_soon_and_changes_nothing(name, shelf, tmp_path):
    content, said = REFUSED[name]
    path = tmp_path / "given" / name
    path.parent.mkdir()
    path.write_bytes(content)
    before, began = shelf(), time.monotonic()
    for load in (Dataset.load, Preferences.load):
        with pytest.raises(PlaygroundError, match=f"(?s){said}") as caught:
            load(path)
        assert caught.value.value and caught.value.remedy and len(str(caught.value)) < 700
    assert time.monotonic() - began < 20
    assert shelf() == before
    assert [file.name for file in tmp_path.rglob("*") if file.is_file() and file.parent.name == "given"] == [
        name
    ]


BOMBS = {
    "bomb.jsonl.gz": gzip.compress(b"\n" * 32 * MIB),
    "many.jsonl.gz": gzip.compress(b"\n" * MIB) * 32,
    "bomb.zip": zipped(("data.jsonl", b"\n" * 32 * MIB)),
    "many.zip": zipped(*((f"{n}.jsonl", b" " * MIB) for n in range(32))),
    "bomb.parquet": parquet("x" * 2**13, 4000),
    "bomb.xlsx": altered(GOOD_BOOK, SHEET, lambda xml: xml + b" " * 32 * MIB),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_never_held_unpacked(name, shelf, tmp_path):
    path = tmp_path / name
    path.write_bytes(BOMBS[name])
    before = shelf()
    tracemalloc.start()
    with pytest.raises(DatasetError, match=r"unpacks to .*a trap"):
        source.read(path, max_bytes=2 * MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * MIB
    assert shelf() == before


@pytest.mark.parametrize(
    "name, content",
    [
        ("a.txt", b"x\n" * 101),
        ("a.jsonl", LINE * 101),
        ("a.csv", b"prompt\n" + b"x\n" * 101),
        ("a.json", b"[" + b"1," * 801 + b"1]"),
        ("a.parquet", parquet(count=101)),
        ("a.xlsx", workbook(("S", [["prompt"], *([[f"{n}"] for n in range(101)])]))),
        ("b.xlsx", workbook(("S", [["prompt"], *([[None] * 90 + ["x"]] * 20)]))),
    ],
)
def test_more_rows_than_memory_has_room_for_are_refused(name, content, tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "MAX_ROWS", 100)
    monkeypatch.setattr(sheets, "MAX_ROWS", 100)
    monkeypatch.setattr(sheets, "MAX_CELLS", 1000)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=r"too many rows|more than 100 rows"):
        Dataset.load(tmp_path / name)


ACCEPTED = {
    "surrogate.jsonl": (lines(ROW, '{"prompt": "\\ud83d", "completion": "c"}'), 1, ["lone surrogate"]),
    "nul.jsonl": (lines('{"prompt": "a\\u0000b", "completion": "c"}'), 1, ["control characters"]),
    "nul.csv": (b"prompt,completion\na\0b,c\n", 1, []),
    "bom.csv": (b"\xef\xbb\xbfprompt,completion\np,c\n", 1, []),
    "utf16.csv": ("prompt,completion\npé,c\n".encode("utf-16"), 1, []),
    "utf16-unmarked.csv": ("prompt,completion\npé,c\n".encode("utf-16-le"), 1, []),
    "utf16-big.jsonl": (LINE.decode().encode("utf-16-be"), 1, []),
    "cp1252.csv": ("prompt,completion\np,café\n".encode("cp1252"), 1, ["encoding"]),
    "separator.jsonl": ('{"prompt": "a\u2028b\u0085c", "completion": "c"}\n'.encode(), 1, []),
    "long-field.csv": (b"prompt,completion\np," + b"x" * 140_000 + b"\n", 1, []),
    "mixed.jsonl": (
        lines(
            ROW,
            ROW,
            ROW,
            ROW,
            {"prompt": True, "completion": "c"},
            ["p", "c"],
            {"prompt": "p", "completion": 3},
        ),
        4,
        ["not an example"] * 3,
    ),
    "shapes.jsonl": (lines(ROW, ROW, ROW, {"question": "q", "answer": "a"}), 3, ["not an example"]),
    "nulls.jsonl": (lines(ROW, ROW, {"prompt": None, "completion": None}), 2, ["not an example"]),
    "ragged.csv": (b"prompt,completion\np,c\nq\nr,s,t\n", 1, ["cells", "cells"]),
    "good.jsonl.gz": (gzip.compress(LINE) + gzip.compress(LINE), 2, []),
    "good.zip": (
        zipped(("b/2.jsonl", LINE), ("1.jsonl", LINE), ("notes.txt", b"x"), ("__MACOSX/._1.jsonl", b"\0\1")),
        2,
        ["other file"],
    ),
    "partly.zip": (
        zipped(("1.csv", b"prompt,completion\np,c\n"), ("2.csv", b"prompt,completion\nq\n\nr,s\n")),
        2,
        ["cells"],
    ),
    "book.zip": (zipped(("1.xlsx", GOOD_BOOK)), 1, []),
    "book.xlsx": (
        workbook(
            ("Void", []),
            ("Data", [[], ["prompt", "completion"], ["p", 42], ["q", True], [], ["r"]]),
            ("Old", [["x"]]),
        ),
        1,
        ["sheets", "not an example", "not an example"],
    ),
    "wide.xlsx": (workbook(("S", [["prompt", "completion"], ["p", "c"], ["q", "d", "e"]])), 1, ["cells"]),
    "claims.xlsx": (
        altered(GOOD_BOOK, SHEET, lambda xml: xml.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')),
        1,
        [],
    ),
    "notes.md": (b"# Ask\n\nWhat?\n", 2, []),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_what_can_be_read_is_read_and_the_rest_is_told_by_row(name, tmp_path):
    content, count, kinds = ACCEPTED[name]
    path = tmp_path / name
    path.write_bytes(content)
    loaded = Dataset.load(path)
    assert len(loaded) == count and [finding.kind for finding in loaded.findings] == kinds
    assert loaded.sha256 and loaded.clean() is not None


def test_a_formula_is_read_as_the_value_last_computed(tmp_path):
    formula = b'<c r="B2" t="str"><f>CONCATENATE("a","b")</f><v>ab</v></c>'

    def compute(xml):
        start = xml.index(b'<c r="B2"')
        return xml[:start] + formula + xml[xml.index(b"</c>", start) + 4 :]

    (tmp_path / "f.xlsx").write_bytes(altered(GOOD_BOOK, SHEET, compute))
    assert Dataset.load(tmp_path / "f.xlsx")[0].completion == "ab"


@pytest.mark.parametrize(("cell", "text"), [
    (datetime(2024, 1, 2), "2024-01-02"), (datetime(2024, 1, 2, 3, 4), "2024-01-02T03:04:00"),
    ("one_x000D_\ntwo_x000B_three", "one\ntwo\x0bthree"), ("Full_x0020_Name", "Full_x0020_Name"),
])  # fmt: skip
def test_a_cell_is_read_as_a_person_sees_it(tmp_path, cell, text):
    (tmp_path / "cells.xlsx").write_bytes(workbook(("S", [["prompt", "completion"], ["p", cell]])))
    assert Dataset.load(tmp_path / "cells.xlsx")[0].completion == text


def test_one_split_of_several_can_be_named(tmp_path):
    rows = {"train": [ROW], "test": [ROW | {"prompt": "held out"}]}
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (tmp_path / "a.zip").write_bytes(
        zipped(*((f"{name}-0.json", json.dumps(part)) for name, part in rows.items()))
    )
    (tmp_path / "a").mkdir()
    for name, part in rows.items():
        (tmp_path / "a" / f"{name}.json").write_text(json.dumps(part))
    for given in ("a.json", "a.zip", "a"):
        assert [e.question for e in Dataset.load(tmp_path / given, split="test")] == ["held out"]
        with pytest.raises(DatasetError, match="no split 'dev'"):
            Dataset.load(tmp_path / given, split="dev")
        with pytest.raises(DatasetError, match="split="):
            Dataset.load(tmp_path / given)
    (tmp_path / "b.jsonl").write_bytes(LINE)
    with pytest.raises(DatasetError, match="has no splits"):
        Dataset.load(tmp_path / "b.jsonl", split="test")


def test_a_pipe_and_an_endless_device_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "zeros.csv").symlink_to("/dev/zero")
    for name in ("pipe.jsonl", "zeros.csv"):
        with pytest.raises(DatasetError, match="is not a file"):
            Dataset.load(tmp_path / name)


def test_a_folder_of_hostile_files_is_refused_whole(shelf, tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.jsonl").write_bytes(LINE)
    (tmp_path / "d" / "b.jsonl").write_bytes(b"{")
    before = shelf()
    with pytest.raises(DatasetError, match=r"Line 1 of b\.jsonl"):
        Dataset.load(tmp_path / "d")
    (tmp_path / "e.jsonl").mkdir()
    with pytest.raises(DatasetError, match="holds no data file"):
        Dataset.load(tmp_path / "e.jsonl")
    assert shelf() == before


PASTED = {
    "lines": ('{"prompt": "p", "completion": "c"}\n' * 2, "prompt-completion", 2),
    "one line": ('{"prompt": "p", "completion": "c"}', "prompt-completion", 1),
    "one object over lines": (json.dumps(ROW, indent=2), "prompt-completion", 1),
    "list": (json.dumps([ROW, ROW], indent=1), "prompt-completion", 2),
    "wrapped": (json.dumps({"data": [ROW, ROW]}), "prompt-completion", 2),
    "messages": (json.dumps({"messages": TALK}), "messages", 1),
    "turns": (json.dumps({"prompt": TALK[:1], "completion": TALK[1:]}), "prompt-completion", 1),
    "columns": (json.dumps({"prompt": ["p", "q"], "completion": ["c", "d"]}), "prompt-completion", 2),
    "csv": ('prompt,completion\n"Hi, you",c\n', "prompt-completion", 1),
    "semicolons": ("prompt;completion\np;c", "prompt-completion", 1),
    "from a sheet": ("question\tanswer\r\nWhat?\tThis, that\r\n", "question-answer", 1),
    "one column": ("prompt\nWhat, where?\nWho?", "prompt-only", 2),
    "text": ("What is it, then?\n\nAnd who, [pray], is {he}?\n", "prompt-only", 2),
    "brackets": ("[Anna] What?\n{sighs} Who?", "prompt-only", 2),
    "marked": ("\ufeffWhat?", "prompt-only", 1),
    "half a character": ("What \ud83d?\nWho?", "prompt-only", 1),
}  # fmt: skip


@pytest.mark.parametrize("text, name, count", PASTED.values(), ids=PASTED)
def test_pasted_text_is_told_by_its_content(text, name, count):
    loaded = Dataset.paste(text)
    assert (loaded.format, len(loaded)) == (name, count)


@pytest.mark.parametrize(
    "text, said",
    [
        ("", "is empty"),
        (" \n\t", "is empty"),
        ('{"prompt": "p", "completion": "c"}\n{"prompt": ', "Line 2 of pasted text"),
        ('[{"prompt": "p"', "not JSON"),
        ('{"prompt": NaN}', "NaN"),
        ("[" * 100_000, "nested deeper|not JSON"),
        ("ask,reply\nWhat,This\n", "columns are 'ask', 'reply'"),
        ('prompt,completion\np,"c\n', "not readable"),
        (base64.b64encode(b"x").decode() + "\x00" * 3, None),
    ],
)
def test_pasted_text_that_is_broken_is_said_to_be(text, said):
    if said is None:
        assert Dataset.paste(text).findings[0].kind == "control characters"
        return
    with pytest.raises(DatasetError, match=said):
        Dataset.paste(text)


DAMAGED = {
    "a.zip": ACCEPTED["good.zip"][0],
    "a.jsonl.gz": gzip.compress(LINE * 20),
    "a.xlsx": ACCEPTED["book.xlsx"][0],
    "a.parquet": parquet(),
    "a.jsonl": ACCEPTED["mixed.jsonl"][0],
    "a.csv": b'prompt,completion,label\np,"c",1\nq,d,0\n',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_no_damage_gives_an_error_without_a_remedy(name, tmp_path):
    random = Random(0)
    for _ in range(200):
        data = bytearray(DAMAGED[name])
        for at in random.sample(range(len(data)), random.randint(1, 5)):
            data[at] = random.randrange(256)
        (tmp_path / name).write_bytes(data)
        for load in (Dataset.load, Preferences.load):
            try:
                load(tmp_path / name)
            except PlaygroundError as error:
                assert error.value and error.remedy
