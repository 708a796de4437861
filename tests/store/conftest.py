"""A database of each kind: what holds on one must hold on the other."""

import uuid

import pytest
import sqlalchemy as sa

from playground.store.database import connect


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    """A database of this test's own."""
    if request.param == "sqlite":
        made = connect(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    else:
        server, schema = request.getfixturevalue("postgres"), f"test_{uuid.uuid4().hex}"
        with sa.create_engine(server, poolclass=sa.NullPool).begin() as connection:
            connection.execute(sa.schema.CreateSchema(schema))
        made = connect(f"{server}&options=-csearch_path%3D{schema}")
    yield made
    made.dispose()
