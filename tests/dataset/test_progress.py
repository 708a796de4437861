"""Work tells how far it is, from 0 to all of it and never backwards; a bar can be drawn of it."""

import io

import pytest

import playground as pg
from playground.dataset.progress import told, within

ROWS = [{"prompt": f"What is {n}?", "completion": f"It is {n} times one."} for n in range(4500)]


@pytest.fixture
def heard():
    return []


def test_reading_cleaning_checking_and_keeping_are_told(home, tmp_path, heard):
    def tell(done, total):
        heard.append((done, total))

    path = pg.Dataset.load(ROWS).export(tmp_path / "rows.csv")
    steps = [
        lambda: pg.Dataset.load(path, progress=tell),
        lambda: pg.Dataset.load(ROWS, progress=tell),
        lambda: pg.Dataset.load(ROWS).clean(progress=tell),
        lambda: pg.Dataset.load(ROWS).check(progress=tell),
        lambda: pg.Dataset.load(ROWS).split(progress=tell),
        lambda: pg.Dataset.load(ROWS).save("rows", progress=tell),
    ]
    for step in steps:
        heard.clear()
        step()
        done = [one for one, _ in heard]
        assert done == sorted(done) and len(done) > 3, step
        assert heard[0][0] == 0 and heard[-1][0] == heard[-1][1] > 0, step


def test_what_is_unknown_is_not_guessed(heard):
    assert list(told(iter("abc"), lambda *one: heard.append(one))) == ["a", "b", "c"]
    assert heard == [(0, 0), (3, 3)]
    assert list(told("abc", None)) == ["a", "b", "c"]
    within(lambda *one: heard.append(one), 0.5, 1)(1, 4)
    assert heard[-1] == (2, 4) and within(None, 0, 1) is None


def test_a_bar_for_a_notebook():
    out = io.StringIO()
    bar = pg.progress("rows checked", file=out)
    pg.Dataset.load(ROWS).check("empty", progress=bar)
    bar(1, 2)
    drawn = out.getvalue()
    assert "rows checked: 100%" in drawn and "4500/4500" in drawn and "0/2 [" in drawn
