"""The tables of preference collection.

A campaign has items (one prompt each), an item has completions in a canonical order (`place`),
an assignment lends one item to one annotator with a display order of its own, and votes are the
append-only log of what annotators said. `assignments.state` repeats the newest vote for speed;
the log is the truth. Decisions are the owner's word on items that annotators differ on, also a log.
Priorities say which items are lent first, and what a reward model foretold of them.

Items of one `content` show the same completions, each under a criterion of its own. An item with a `gold`
order is judged by everybody and fills no slot; so does the second `round` of an assignment, in which
somebody sees an item again, its completions the other way round.
"""

import sqlalchemy as sa

VERSION = 2

METADATA = sa.MetaData()


def _one_of(*columns: str) -> str:
    """Exactly one of these is there."""
    return " + ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in columns) + " = 1"


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
    sa.Column("design", sa.JSON, nullable=False, server_default="{}"),
    sa.CheckConstraint("votes_per_item >= 1"),
    sa.CheckConstraint("task IN ('pairwise', 'ranking', 'rating', 'best_worst')"),
)

items = sa.Table(
    "items",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("campaign", sa.ForeignKey("campaigns.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("content", sa.Integer, nullable=False, server_default="0"),
    sa.Column("criterion", sa.Text, nullable=False, server_default=""),
    sa.Column("turn", sa.Float, nullable=False, server_default="0"),
    sa.Column("gold", sa.JSON(none_as_null=True)),
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
    sa.Column("round", sa.Integer, nullable=False, server_default="1"),
    sa.UniqueConstraint("item", "annotator", "round"),
    sa.Index("assignments_by_annotator", "annotator", "sequence"),
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
    sa.Column("scores", sa.JSON(none_as_null=True)),
    sa.Column("best_worst", sa.JSON(none_as_null=True)),
    sa.Column("strength", sa.Integer),
    sa.Column("reason", sa.Text),
    sa.Column("note", sa.Text),
    sa.Column("rewrite", sa.Text),
    sa.UniqueConstraint("assignment", "revision"),
    sa.CheckConstraint("choice IN ('first', 'second', 'tie', 'both_bad', 'skip', 'undone')"),
    sa.CheckConstraint(_one_of("choice", "ranking", "scores", "best_worst")),
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

FILL = {("items", "content"): "position", ("items", "turn"): "position"}
"""What rows of an older database get in columns that they lack, where that is not the column's default."""


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
