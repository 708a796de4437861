"""The audit trail: appended only, and whoever edits the file all the same is found out."""

import threading
from itertools import pairwise

import pytest
import sqlalchemy as sa

from playground.store import audit
from playground.store.database import writing


def behind_its_back(engine, statement):
    """Change the table as somebody does who owns the database."""
    triggers = ("update", "delete") if engine.dialect.name == "sqlite" else ("change",)
    where = "" if engine.dialect.name == "sqlite" else " ON audit_entries"
    with writing(engine) as connection:
        for name in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER audit_entries_no_{name}{where}")
        connection.exec_driver_sql(statement)


@pytest.fixture
def four(engine):
    for number in range(4):
        audit.note("Anna", "did", f"thing {number}", "once", engine=engine)
    return engine


def test_a_whole_chain_is_whole(engine, four):
    verdict = audit.verify(engine=engine)
    assert (verdict.entries, verdict.faults) == (4, ())
    found = audit.entries(engine)
    assert [one.number for one in found] == [1, 2, 3, 4]
    assert found[0].previous == audit.GENESIS and verdict.digest == found[-1].digest
    assert all(later.previous == one.digest for one, later in pairwise(found))


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entries SET actor = 'Otto'", "DELETE FROM audit_entries"]
)
def test_the_database_refuses_changes(four, statement):
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        with writing(four) as connection:
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize("statement, fault", [
    ("UPDATE audit_entries SET actor = 'Otto' WHERE number = 2", "Entry 2 is not as it was written"),
    ("UPDATE audit_entries SET at = at + 1 WHERE number = 3", "Entry 3 is not as it was written"),
    ("UPDATE audit_entries SET detail = 'o', subject = subject || 'nce' WHERE number = 1", "Entry 1 is not"),
    ("DELETE FROM audit_entries WHERE number = 2", "Entry 2 is missing"),
    ("UPDATE audit_entries SET previous = digest WHERE number = 4", "Entry 4 is not as it was written"),
])
def test_an_edit_behind_its_back_is_found(four, statement, fault):
    behind_its_back(four, statement)
    (found,) = audit.verify(engine=four).faults
    assert found.startswith(fault)


def test_a_cut_tail_is_found_by_who_noted_the_digest(four):
    noted = audit.verify(engine=four).digest
    audit.note("Anna", "did", "more", engine=four)
    assert audit.verify([noted], four).faults == ()
    behind_its_back(four, "DELETE FROM audit_entries WHERE number > 3")
    assert audit.verify(engine=four).faults == ()
    (fault,) = audit.verify([noted], four).faults
    assert noted in fault


def test_what_a_stranger_chose_is_kept_within_bounds(engine):
    audit.note("\x1b[31m", "a\nb", "\0\ud800" + "x" * 9000, engine=engine)
    (one,) = audit.entries(engine)
    assert (one.actor, one.action) == ("�[31m", "a�b")
    assert len(one.subject) == 500 and one.subject.startswith("��x")
    assert audit.verify(engine=engine).faults == ()


def test_many_at_once_make_one_chain(engine):
    def write():
        for _ in range(10):
            audit.note("a", "b", engine=engine)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert audit.verify(engine=engine).entries == 80 and audit.verify(engine=engine).faults == ()
