"""A database of its own for each test, and small campaigns to judge in it."""

import uuid

import pytest
import sqlalchemy as sa

from playground.preference.campaign import create_campaign
from playground.records import Completion
from playground.store.database import connect


def drafts(prompts, per_prompt=2):
    return [
        Completion(
            f"prompt {prompt}", f"answer {prompt}.{number}", f"secret-model-name-{number}", seed=number
        )
        for prompt in range(prompts)
        for number in range(per_prompt)
    ]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """A database of this test's own: what holds on one must hold on the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'votes.sqlite3'}"
    server, schema = request.getfixturevalue("postgres"), f"test_{uuid.uuid4().hex}"
    with sa.create_engine(server, poolclass=sa.NullPool).begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    return f"{server}&options=-csearch_path%3D{schema}"


@pytest.fixture
def engine(url):
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def campaign(engine):
    """Makes a campaign: campaign(items, votes_per_item, **settings) -> id."""

    def make(prompts=3, votes_per_item=1, per_prompt=2, **settings):
        return create_campaign("test", drafts(prompts, per_prompt), votes_per_item, engine=engine, **settings)

    return make
