"""A database of the first version is brought to this one: every vote kept, guarded as before."""

import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy as sa

from playground.preference.assign import next_assignment, record_vote, undo_vote
from playground.preference.campaign import list_campaigns, progress, vote_log
from playground.preference.judgements import campaign_comparisons
from playground.store import database, tables
from playground.store.database import connect, writing

FIRST_VERSION = """
CREATE TABLE campaigns (
    id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, task TEXT NOT NULL, guidelines TEXT NOT NULL,
    votes_per_item INTEGER NOT NULL, lease_seconds FLOAT NOT NULL, seed TEXT NOT NULL, created FLOAT NOT NULL,
    CHECK (votes_per_item >= 1), CHECK (task IN ('pairwise', 'ranking')));
CREATE TABLE playground_schema (version INTEGER NOT NULL PRIMARY KEY);
CREATE TABLE items (
    id INTEGER NOT NULL PRIMARY KEY, campaign TEXT NOT NULL REFERENCES campaigns (id),
    position INTEGER NOT NULL, prompt TEXT NOT NULL, UNIQUE (campaign, position));
CREATE TABLE assignments (
    sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    item INTEGER NOT NULL REFERENCES items (id), annotator TEXT NOT NULL, display JSON NOT NULL,
    state TEXT NOT NULL, leased_until FLOAT NOT NULL, UNIQUE (item, annotator),
    CHECK (state IN ('open', 'voted', 'skipped')));
CREATE TABLE completions (
    id INTEGER NOT NULL PRIMARY KEY, item INTEGER NOT NULL REFERENCES items (id), place INTEGER NOT NULL,
    text TEXT NOT NULL, model TEXT NOT NULL, seed BIGINT NOT NULL, temperature FLOAT NOT NULL,
    UNIQUE (item, place));
CREATE TABLE votes (
    sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "key" TEXT NOT NULL UNIQUE,
    assignment TEXT NOT NULL REFERENCES assignments (id), revision INTEGER NOT NULL, choice TEXT,
    ranking JSON, created FLOAT NOT NULL, UNIQUE (assignment, revision),
    CHECK (choice IN ('first', 'second', 'tie', 'both_bad', 'skip', 'undone')),
    CHECK ((choice IS NULL) <> (ranking IS NULL)));
CREATE TRIGGER votes_no_update BEFORE UPDATE ON votes BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER votes_no_delete BEFORE DELETE ON votes BEGIN SELECT RAISE(ABORT, 'append-only'); END;
INSERT INTO playground_schema VALUES (1);
INSERT INTO campaigns VALUES ('c', 'old', 'pairwise', '', 1, 600, 's', 1);
INSERT INTO items VALUES (1, 'c', 0, 'p0'), (2, 'c', 1, 'p1'), (3, 'c', 2, 'p2');
INSERT INTO completions VALUES
    (1, 1, 0, 'a', 'm', 0, 1), (2, 1, 1, 'b', 'm', 0, 1), (3, 2, 0, 'a', 'm', 0, 1),
    (4, 2, 1, 'b', 'm', 0, 1), (5, 3, 0, 'a', 'm', 0, 1), (6, 3, 1, 'b', 'm', 0, 1);
INSERT INTO assignments VALUES
    (1, 'x', 1, 'anna', '[1, 0]', 'voted', 0), (2, 'y', 2, 'anna', '[0, 1]', 'open', 0);
INSERT INTO votes VALUES (7, 'the-old-key', 'x', 1, 'second', NULL, 5);
"""


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old.sqlite3"
    with sqlite3.connect(path) as connection:
        connection.executescript(FIRST_VERSION)
    connection.close()
    return f"sqlite:///{path}"


def test_an_old_database_keeps_every_vote_and_goes_on(old):
    engine = connect(old)
    [found] = list_campaigns(engine)
    assert found.name == "old" and found.design.asked[0].question("pairwise") == "Which answer is better?"
    assert [pair.choice for pair in campaign_comparisons("c", engine)] == ["second"]
    [row] = vote_log("c", engine)
    assert (row["sequence"], row["key"], row["round"], row["note"]) == (7, "the-old-key", 1, None)
    again = record_vote("x", "the-old-key", annotator="anna", choice="first", engine=engine)
    assert again.status == "already stored"
    undo_vote("c", "undo-the-old-one", annotator="anna", engine=engine)
    shown = []
    while item := next_assignment("c", "anna", engine=engine):
        record_vote(item.id, f"new-{len(shown)}-key", annotator="anna", choice="tie", note="n", engine=engine)
        shown.append(item.prompt)
    assert shown == ["p0", "p1", "p2"] and progress("c", engine=engine).complete == 3
    assert [row["sequence"] for row in vote_log("c", engine)] == [7, 8, 9, 10, 11]
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert set(sa.inspect(connection).get_table_names()) >= set(tables.METADATA.tables)
        assert not [name for name in sa.inspect(connection).get_table_names() if "before" in name]
    for statement in ("DELETE FROM votes", "UPDATE votes SET note = 'x'"):
        with pytest.raises(sa.exc.IntegrityError, match="append-only"), writing(engine) as connection:
            connection.exec_driver_sql(statement)


def test_a_database_from_before_an_index_gets_it(engine):
    names = {index.name for table in tables.METADATA.sorted_tables for index in table.indexes}
    assert "assignments_by_annotator" in names
    with writing(engine) as connection:
        for name in names:
            connection.exec_driver_sql(f"DROP INDEX {name}")
    database._make_tables(engine)
    found = sa.inspect(engine)
    assert names <= {index["name"] for name in found.get_table_names() for index in found.get_indexes(name)}


def test_processes_may_upgrade_together(old):
    program = "import sys; from playground.store.database import connect; connect(sys.argv[1])"
    processes = [subprocess.Popen([sys.executable, "-c", program, old]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0] * 3
    assert len(vote_log("c", connect(old))) == 1


def test_an_upgrade_that_fails_leaves_the_old_database(old, monkeypatch):
    monkeypatch.setitem(tables.FILL, ("items", "content"), "no_such_column")
    with pytest.raises(Exception, match="no_such_column"):
        connect(old)
    monkeypatch.undo()
    assert len(vote_log("c", connect(old))) == 1
