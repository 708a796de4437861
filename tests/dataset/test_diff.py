"""What sets two datasets apart: counted, paired sensibly, and bounded."""

from playground.dataset.table import Dataset

ROWS = [{"prompt": f"What is {n}?", "completion": f"It is number {n}."} for n in range(6)]


def changed(at, **texts):
    return [*ROWS[:at], ROWS[at] | texts, *ROWS[at + 1 :]]


def test_equal_tables_do_not_differ():
    found = Dataset.diff(Dataset.load(ROWS), Dataset.load(ROWS[::-1]))
    assert found[:4] == (6, 0, 0, 0) and found.rows == []


def test_rows_are_counted_and_told_before_and_after():
    after = Dataset.load([*changed(2, completion="Two.")[:5], {"prompt": "New?", "completion": "Yes."}])
    found = Dataset.diff(Dataset.load(ROWS), after)
    assert str(found) == "0 rows added, 0 removed, 2 changed, 4 the same"
    two, last = found.rows
    assert (two.before.row, two.after.row, two.fields) == (3, 3, ("completion",))
    assert (two.before.example.completion, two.after.example.completion) == ("It is number 2.", "Two.")
    # The same row of one source, whatever it says now.
    assert last.fields == ("prompt", "completion") and last.after.example.question == "New?"


def test_a_row_before_the_others_changes_none_of_them():
    first = [{"prompt": "First?", "completion": "Yes."}]
    found = Dataset.diff(Dataset.load(ROWS), Dataset.load(first + changed(3, completion="Three.")))
    assert found[:4] == (5, 1, 0, 1)
    moved, added = found.rows
    assert (moved.before.row, moved.after.row) == (4, 5) and added.after.example.question == "First?"


def test_tables_of_different_sources_are_matched_by_content(tmp_path):
    def written(name, rows):
        path = tmp_path / name
        path.write_text("prompt,completion\n" + "".join(f"{p},{c}\n" for p, c in rows))
        return Dataset.load(path)

    one = written("one.csv", [("a?", "long answer"), ("b?", "yes"), ("c?", "yes"), ("d?", "x")])
    other = written("other.csv", [("d!", "y"), ("z?", "long answer"), ("e?", "yes"), ("f?", "no")])
    found = Dataset.diff(one, other)
    pairs = [(row.before.example.question, row.after.example.question) for row in found.rows[: found.changed]]
    # The same prompt but for its mark, an answer found once; "yes" was given twice and tells nothing.
    assert pairs == [("d?", "d!"), ("a?", "z?")] and found[:4] == (0, 2, 2, 2)


def test_repeated_rows_are_counted_as_often_as_they_stand():
    found = Dataset.diff(Dataset.load(ROWS[:1] * 3), Dataset.load(ROWS[:1]))
    assert found[:4] == (1, 0, 2, 0)


def test_what_is_told_is_bounded():
    found = Dataset.diff(Dataset.load(ROWS), Dataset.load([row | {"tags": ["x"]} for row in ROWS]), shown=2)
    assert found.changed == 6 and len(found.rows) == 2 and found.rows[0].fields == ("tags",)


def test_a_label_that_many_rows_have_changes_no_row_into_another():
    def labels(*texts):
        return Dataset.load([{"prompt": text, "completion": "positive"} for text in texts])

    found = Dataset.diff(labels("a bargain", "fine", "good"), labels("fine", "good", "great service"))
    assert (found.added, found.removed, found.changed) == (1, 1, 0)
