"""The tables of preference collection.

A campaign has items (one prompt each), an item has completions in a canonical order (`place`),
an assignment lends one item to one annotator with a display order of its own, and votes are the
append-only log of what annotators said. `assignments.state` repeats the newest vote for speed;
the log is the truth. Decisions are the owner's word on items that annotators differ on, also a log.
Priorities say which items are lent first, and what a reward model foretold of them.
"""

import sqlalchemy as sa

VERSION = 1

METADATA = sa.MetaData()

schema = sa.Table("playground_schema", METADATA, sa.Column("version", sa.Integer, primary_key=True))

campaigns = sa.Table(
    "campaigns",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("task", sa.Text, nullable=False),
    sa.Column("guidelines", sa.Text, nullable=False),
    sa.Column("votes_per_item", sa.Integer, nullable=False),
    sa.Column("lease_seconds", sa.Float, nullable=False),
    sa.Column("seed", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.CheckConstraint("votes_per_item >= 1"),
    sa.CheckConstraint("task IN ('pairwise', 'ranking')"),
)

items = sa.Table(
    "items",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("campaign", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.UniqueConstraint("campaign", "position"),
)

completions = sa.Table(
    "completions",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("item", sa.ForeignKey("items.id"), nullable=False),
    sa.Column("place", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("temperature", sa.Float, nullable=False),
    sa.UniqueConstraint("item", "place"),
)

assignments = sa.Table(
    "assignments",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("item", sa.ForeignKey("items.id"), nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("display", sa.JSON, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("leased_until", sa.Float, nullable=False),
    sa.UniqueConstraint("item", "annotator"),
    sa.CheckConstraint("state IN ('open', 'voted', 'skipped')"),
    sqlite_autoincrement=True,
)

votes = sa.Table(
    "votes",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("assignment", sa.ForeignKey("assignments.id"), nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("choice", sa.Text),
    sa.Column("ranking", sa.JSON(none_as_null=True)),
    sa.Column("created", sa.Float, nullable=False),
    sa.UniqueConstraint("assignment", "revision"),
    sa.CheckConstraint("choice IN ('first', 'second', 'tie', 'both_bad', 'skip', 'undone')"),
    sa.CheckConstraint("(choice IS NULL) <> (ranking IS NULL)"),
    sqlite_autoincrement=True,
)

decisions = sa.Table(
    "decisions",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("item", sa.ForeignKey("items.id"), nullable=False),
    sa.Column("choice", sa.Text),
    sa.Column("ranking", sa.JSON(none_as_null=True)),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.CheckConstraint("choice IN ('first', 'second', 'tie', 'both_bad', 'undone')"),
    sa.CheckConstraint("(choice IS NULL) <> (ranking IS NULL)"),
    sqlite_autoincrement=True,
)

priorities = sa.Table(
    "priorities",
    METADATA,
    sa.Column("item", sa.ForeignKey("items.id"), primary_key=True, autoincrement=False),
    sa.Column("campaign", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("uncertainty", sa.Float, nullable=False),
    sa.Column("foretold", sa.JSON, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.UniqueConstraint("campaign", "rank"),
    sa.CheckConstraint("arm IN ('uncertain', 'random')"),
)


def append_only(table: sa.Table) -> None:
    """Have the database itself refuse to change or delete rows of a table."""
    name, rule = table.name, f"{table.name} are append-only"
    for verb in ("update", "delete"):
        guard = (
            f"CREATE TRIGGER {name}_no_{verb} BEFORE {verb} ON {name} "
            f"BEGIN SELECT RAISE(ABORT, '{rule}'); END"
        )
        sa.event.listen(table, "after_create", sa.DDL(guard).execute_if(dialect="sqlite"))
    for statement in (
        f"CREATE OR REPLACE FUNCTION {name}_guard() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{rule}'; END $$",
        f"CREATE TRIGGER {name}_no_change BEFORE UPDATE OR DELETE ON {name} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}_guard()",
    ):
        sa.event.listen(table, "after_create", sa.DDL(statement).execute_if(dialect="postgresql"))


append_only(votes)
append_only(decisions)
