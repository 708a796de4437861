"""One engine per database: SQLite by default, PostgreSQL by URL.

SQLite runs with a write-ahead log and `synchronous=FULL` on every connection: a commit that
returned has reached the disk. Writers of one process queue on a lock, which is fair and cheaper
than SQLite's own waiting; writers of several processes wait on the database.
"""

import contextlib
import functools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from playground import settings
from playground.errors import ConflictError, InputError, PlaygroundError, UnavailableError
from playground.store import migrate, people, tables

BUSY_SECONDS = 30

_KEPT = 16
"""Connections kept open: one opened anew knows none of the statements it is to run."""


def connect(url: str | None = None) -> sa.Engine:
    """The engine for `url` (default: the settings' database), its tables made.

    One engine per database and process, so calling this again is cheap.
    """
    return _connect(url or settings.get().database_url, os.getpid())


@functools.cache
def _connect(url: str, process: int) -> sa.Engine:
    try:
        engine = _open(sa.make_url(url))
        _make_tables(engine)
    except sa.exc.SQLAlchemyError as error:
        raise _unavailable(error) from error
    except OSError as error:
        raise UnavailableError(
            f"The database folder cannot be made: {error.strerror}",
            remedy="Point PLAYGROUND_DATABASE_URL or PLAYGROUND_HOME at a folder that can be written",
        ) from error
    return engine


def _open(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, pool_size=_KEPT)
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_SECONDS}, pool_timeout=BUSY_SECONDS, pool_size=_KEPT
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection, _record) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A deferred transaction that turns from reading to writing fails at once when another writer
    # was faster, without waiting; so writers say from the start that they write.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_tables(engine: sa.Engine) -> None:
    migrate.upgrade(engine)
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(tables.VERSION)))
        people.METADATA.create_all(connection)
        # A table from before an index existed gets it now; its schema stays the same to every version.
        for table in people.METADATA.sorted_tables:
            for index in table.indexes:
                index.create(connection, checkfirst=True)
        version = connection.scalar(sa.select(tables.schema.c.version))
        if version is None:
            connection.execute(tables.schema.insert().values(version=tables.VERSION))
        elif version != tables.VERSION:
            raise ConflictError(
                f"The database has schema {version}",
                rule=f"This version of the playground works on schema {tables.VERSION}",
                remedy="Use the version that wrote it, or another PLAYGROUND_DATABASE_URL",
            )


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection that sees one state of the database throughout."""
    try:
        with engine.begin() as connection:
            yield connection
    except sa.exc.OperationalError as error:
        raise _unavailable(error) from error
    except (sa.exc.DataError, UnicodeEncodeError) as error:
        raise _unfit(error) from error


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that commits when the block ends and leaves nothing behind if it raises.

    On SQLite it excludes every other writer. On PostgreSQL, lock the rows that decide.
    """
    try:
        with (
            _write_lock(str(engine.url), os.getpid()),
            engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            yield connection
    except sa.exc.OperationalError as error:
        raise _unavailable(error) from error
    except (sa.exc.DataError, UnicodeEncodeError) as error:
        raise _unfit(error) from error


@functools.cache
def _write_lock(url: str, process: int) -> contextlib.AbstractContextManager:
    return threading.Lock() if url.startswith("sqlite") else contextlib.nullcontext()


def _unfit(error: Exception) -> PlaygroundError:
    # Not what it says: it holds the text itself, which an answer cannot hold either.
    return InputError(
        f"The database cannot hold or look up such a value ({type(error).__name__})",
        rule="Texts have neither NUL nor half characters, and numbers are of moderate size",
        remedy="Nothing was stored; change the value",
    )


def _unavailable(error: sa.exc.SQLAlchemyError) -> PlaygroundError:
    cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
    return UnavailableError(
        f"The database did not answer: {cause}",
        rule="Nothing was stored",
        remedy="Free disk space or start the database, then try again",
    )
