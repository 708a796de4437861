"""Every connection is durable, writers wait for each other, votes cannot be altered."""

import subprocess
import sys
import threading

import pytest
import sqlalchemy as sa

from playground.errors import ConflictError, InputError, UnavailableError
from playground.store import tables
from playground.store.database import connect, reading, writing


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'db' / 'test.sqlite3'}"


def test_every_connection_is_fully_synchronised(url):
    engine = connect(url)
    open_connections = [engine.connect() for _ in range(8)]
    for connection in open_connections:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() >= 10_000
        connection.close()


def test_one_engine_per_database(url, tmp_path):
    assert connect(url) is connect(url)
    assert connect(url) is not connect(f"sqlite:///{tmp_path / 'other.sqlite3'}")


def test_the_settings_name_the_default_database(home):
    assert connect().url.database == str(home / "playground.sqlite3")


def _campaign(connection, identifier="c"):
    values = {"id": identifier, "name": "n", "task": "pairwise", "guidelines": "", "votes_per_item": 1}
    connection.execute(tables.campaigns.insert().values(**values, lease_seconds=1, seed="", created=0))


def test_a_write_that_raises_leaves_nothing(url):
    engine = connect(url)
    with pytest.raises(RuntimeError):
        with writing(engine) as connection:
            _campaign(connection)
            raise RuntimeError
    with reading(engine) as connection:
        assert connection.execute(tables.campaigns.select()).all() == []


def test_foreign_keys_hold(url):
    with pytest.raises(sa.exc.IntegrityError):
        with writing(connect(url)) as connection:
            connection.execute(tables.items.insert().values(campaign="none", position=0, prompt="p"))


@pytest.mark.parametrize("statement", ["UPDATE votes SET choice = 'tie'", "DELETE FROM votes"])
def test_votes_are_append_only(url, statement):
    engine = connect(url)
    with writing(engine) as connection:
        _campaign(connection)
        connection.execute(tables.items.insert().values(id=1, campaign="c", position=0, prompt="p"))
        lent = {
            "id": "a",
            "item": 1,
            "annotator": "x",
            "display": [0, 1],
            "state": "voted",
            "leased_until": 0,
        }
        connection.execute(tables.assignments.insert().values(lent))
        vote = {"key": "k", "assignment": "a", "revision": 1, "choice": "first", "created": 0}
        connection.execute(tables.votes.insert().values(vote))
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        with writing(engine) as connection:
            connection.exec_driver_sql(statement)


def test_writers_wait_for_a_slow_writer_of_another_process(url):
    engine = connect(url)
    holder = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); "
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(1.5); c.execute('COMMIT')"
    )
    command = [sys.executable, "-c", holder, engine.url.database]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with writing(engine) as connection:
            _campaign(connection)
        assert process.wait() == 0
    with reading(engine) as connection:
        assert len(connection.execute(tables.campaigns.select()).all()) == 1


def test_fifty_writers_lose_nothing(url):
    engine = connect(url)

    def write(number):
        with writing(engine) as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(tables.campaigns)) >= 0
            _campaign(connection, f"c{number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(tables.campaigns)) == 50


def test_processes_may_open_a_new_database_together(url):
    program = "import sys; from playground.store.database import connect; connect(sys.argv[1])"
    processes = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(4)]
    assert [process.wait() for process in processes] == [0] * 4


def test_a_full_disk_is_told_and_the_database_stays_sound(url):
    engine = connect(url)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    sa.event.listen(engine, "begin", lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}"))
    with pytest.raises(UnavailableError, match="full"):
        with writing(engine) as connection:
            _campaign(connection)
            for position in range(1000):
                values = {"campaign": "c", "position": position, "prompt": "x" * 1000}
                connection.execute(tables.items.insert().values(values))
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.execute(tables.campaigns.select()).all() == []


def test_an_unknown_schema_is_refused(url):
    engine = connect(url)
    with writing(engine) as connection:
        connection.execute(tables.schema.update().values(version=99))
    program = "import sys; from playground.store.database import connect; connect(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", program, url], capture_output=True, text=True)
    assert ConflictError.__name__ in done.stderr and "schema 99" in done.stderr


def test_a_database_that_cannot_be_opened_is_told(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UnavailableError, match="cannot be made"):
        connect(f"sqlite:///{blocked / 'db.sqlite3'}")
    with pytest.raises(UnavailableError, match="did not answer"):
        connect("nonsense://")


@pytest.mark.parametrize("way", [reading, writing])
def test_a_text_that_a_database_refuses_is_bad_input(engine, way):
    refused = ["\ud800", "\0"] if engine.dialect.name == "postgresql" else ["\ud800"]
    for text in refused:
        with pytest.raises(InputError, match="cannot hold"), way(engine) as connection:
            connection.execute(tables.campaigns.select().where(tables.campaigns.c.name == text))
