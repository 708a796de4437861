"""An older database is brought to the tables of this version, whole or not at all."""

import contextlib
from collections.abc import Iterator

import sqlalchemy as sa

from playground.store import tables

_OLD = "_before_upgrade"


def upgrade(engine: sa.Engine) -> None:
    """Rebuild the tables of an older schema in one transaction; a database that is new or current stays.

    Every row is kept. Columns that are new get their default, or what `tables.FILL` says.
    """
    if not _outdated(engine):
        return
    with _unguarded(engine) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(tables.VERSION)))
        if not _is_older(connection):  # another process was faster
            return
        present = set(sa.inspect(connection).get_table_names())
        known = [table for table in tables.METADATA.sorted_tables if table.name in present]
        moved = [table for table in known if table is not tables.schema]
        columns = {table: _columns(connection, table.name) for table in moved}
        for table in moved:
            _set_aside(connection, table.name)
        for table in moved:
            table.create(connection)
            _fill(connection, table, columns[table])
        for table in reversed(moved):
            connection.exec_driver_sql(f"DROP TABLE {table.name}{_OLD}")
        connection.execute(tables.schema.update().values(version=tables.VERSION))


@contextlib.contextmanager
def _unguarded(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection on which SQLite lets tables be replaced that others point to."""
    with engine.connect().execution_options(writes=True) as connection:
        driver = connection.connection.driver_connection if engine.dialect.name == "sqlite" else None
        # Settings of the connection: they cannot change within a transaction.
        for pragma in ("foreign_keys=OFF", "legacy_alter_table=ON") if driver else ():
            driver.execute(f"PRAGMA {pragma}")
        try:
            yield connection
        finally:
            for pragma in ("legacy_alter_table=OFF", "foreign_keys=ON") if driver else ():
                driver.execute(f"PRAGMA {pragma}")


def _outdated(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return sa.inspect(connection).has_table(tables.schema.name) and _is_older(connection)


def _is_older(connection: sa.Connection) -> bool:
    version = connection.scalar(sa.select(tables.schema.c.version))
    return version is not None and version < tables.VERSION


def _columns(connection: sa.Connection, table: str) -> list[str]:
    return [column["name"] for column in sa.inspect(connection).get_columns(table)]


def _set_aside(connection: sa.Connection, table: str) -> None:
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
    if connection.dialect.name == "sqlite":
        for name in connection.exec_driver_sql(triggers, (table,)).scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    for index in sa.inspect(connection).get_indexes(table):
        if not index.get("duplicates_constraint"):
            connection.exec_driver_sql(f"DROP INDEX {index['name']}")
    connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {table}{_OLD}")


def _fill(connection: sa.Connection, table: sa.Table, before: list[str]) -> None:
    taken = {name: name for name in before if name in table.columns}
    taken |= {
        column: value
        for (owner, column), value in tables.FILL.items()
        if owner == table.name and column not in before
    }
    names = ", ".join(taken)
    values = ", ".join(taken.values())
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name}{_OLD}"
    )
    counter = table.autoincrement_column
    if connection.dialect.name == "postgresql" and counter is not None:
        connection.exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', '{counter.name}'), "
            f"(SELECT max({counter.name}) FROM {table.name}))"
        )
