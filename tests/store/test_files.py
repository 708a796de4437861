"""Files whole or absent; JSON lines read without forgiveness."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import ConflictError, DatasetError, NotFoundError
from playground.store import files

REFUSED = {
    "nan": ('{"a": NaN}', "NaN"),
    "infinity": ('{"a": -Infinity}', "Infinity"),
    "overflow": ('{"a": 1e999}', "too large"),
    "bigint": ('{"a": 99999999999999999999}', "64 bits"),
    "endless integer": ('{"a": ' + "9" * 5000 + "}", "64 bits"),
    "duplicate key": ('{"a": 1, "a": 2}', "'a' appears twice"),
    "deep": ('{"a": ' + "[" * 40 + "]" * 40 + "}", "nested deeper"),
    "very deep": ("[" * 100_000 + "]" * 100_000, "nested deeper"),
    "surrogate": ('{"a": "\\ud800"}', "surrogate"),
    "surrogate key": ('{"\\ud800": 1}', "surrogate"),
    "nul": ('{"a": "\\u0000"}', "NUL"),
    "raw nul": ('{"a": "\0"}', "control character"),
    "cut": ('{"a": "b', "Unterminated"),
    "two values": ('{"a": 1} {"a": 2}', "Extra data"),
    "single quotes": ("{'a': 1}", "double quotes"),
}


@pytest.mark.parametrize("line, said", REFUSED.values(), ids=REFUSED)
def test_a_bad_line_is_named_with_its_number_and_fault(tmp_path, line, said):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a": 0}\n\n' + line.encode("utf-8", "surrogatepass") + b"\n")
    with pytest.raises(DatasetError, match=r"Line 3 of rows\.jsonl") as caught:
        files.read_jsonl(path)
    assert said in str(caught.value)
    assert caught.value.rule and caught.value.remedy


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"a": 0}\n{"a": "caf\xe9"}\n')
    with pytest.raises(DatasetError, match="Line 2 of"):
        files.read_jsonl(path)


def test_byte_order_mark_and_windows_line_ends_are_harmless(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\r\n{"a": 2}\r\n')
    assert files.read_jsonl(path) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85", "\x1c"])
def test_only_a_line_feed_ends_a_line(separator):
    rows = [{"a": f"one{separator}two"}, {"a": "three"}]
    text = files.to_jsonl(rows).decode()
    assert [value for _, value in files.parse_jsonl(text)] == rows


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFoundError):
        files.read_jsonl(tmp_path / "none.jsonl")


def test_a_file_beyond_the_cap_is_refused_unread(tmp_path):
    path = tmp_path / "big.jsonl"
    path.write_bytes(b"x" * 2**20)
    with pytest.raises(DatasetError, match=r"big\.jsonl has 1 MiB"):
        files.read_bytes(path, max_bytes=1000)


JSON_TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=8)
JSON_VALUES = JSON_TEXT | st.integers(-(2**63), 2**63 - 1) | st.booleans()


@given(st.lists(st.dictionaries(JSON_TEXT, JSON_VALUES, max_size=4), max_size=4))
def test_what_is_written_is_read_back(rows):
    assert [value for _, value in files.parse_jsonl(files.to_jsonl(rows).decode())] == rows


def test_nothing_non_finite_is_ever_written(tmp_path):
    path = files.write_jsonl(tmp_path / "rows.jsonl", [{"a": 1}])
    with pytest.raises(ValueError):
        files.write_jsonl(path, [{"a": float("nan")}])
    assert files.read_jsonl(path) == [{"a": 1}]


def test_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path, monkeypatch):
    path = files.write_atomic(tmp_path / "a.txt", "old")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        files.write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_and_its_folder_are_synchronised_before_the_write_returns(tmp_path, monkeypatch):
    synced = []
    real = os.fsync

    def fsync(handle):
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    files.write_atomic(tmp_path / "a.txt", "x")
    assert len(synced) == 2 and synced[1] == str(tmp_path)


def test_a_new_folder_is_complete_or_absent(tmp_path):
    with pytest.raises(RuntimeError):
        with files.new_folder(tmp_path / "made") as folder:
            (folder / "part.txt").write_text("x")
            raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with files.new_folder(tmp_path / "made") as folder:
        (folder / "part.txt").write_text("x")
        assert not (tmp_path / "made").exists()
    assert (tmp_path / "made" / "part.txt").read_text() == "x"
    with pytest.raises(ConflictError):
        with files.new_folder(tmp_path / "made") as folder:
            (folder / "part.txt").write_text("y")
    assert (tmp_path / "made" / "part.txt").read_text() == "x"


def test_equal_rows_have_equal_bytes():
    assert files.to_jsonl([{"a": "é", "b": 1}]) == '{"a":"é","b":1}\n'.encode()
    assert json.loads(files.to_jsonl([{"a": "é"}])) == {"a": "é"}
