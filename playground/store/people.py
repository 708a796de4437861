"""The tables of identity: accounts and their sessions, invitations, who may judge what, the audit trail.

Nothing in them lets anybody in who reads them: passwords are Argon2id hashes, and of session and
invitation tokens, which have 256 random bits, only SHA-256 digests are kept.
"""

import sqlalchemy as sa

from playground.store.tables import METADATA, append_only

accounts = sa.Table(
    "accounts",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password", sa.Text),
    sa.Column("subject", sa.Text, unique=True),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("revoked", sa.Float),
    sa.CheckConstraint("role IN ('owner', 'annotator', 'viewer')"),
    sa.CheckConstraint("(password IS NULL) <> (subject IS NULL)"),
)

sessions = sa.Table(
    "sessions",
    METADATA,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.id"), nullable=False, index=True),
    sa.Column("expires", sa.Float, nullable=False),
)

invitations = sa.Table(
    "invitations",
    METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("campaign", sa.ForeignKey("campaigns.id")),
    sa.Column("most", sa.Integer),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("made_by", sa.Text, nullable=False),
    sa.Column("created", sa.Float, nullable=False),
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("revoked", sa.Float),
    sa.CheckConstraint("role IN ('owner', 'annotator', 'viewer')"),
    sa.CheckConstraint("(campaign IS NULL) = (role <> 'annotator')"),
    sa.CheckConstraint("most IS NULL OR used <= most"),
)

members = sa.Table(
    "members",
    METADATA,
    sa.Column("account", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("campaign", sa.ForeignKey("campaigns.id"), primary_key=True),
    sa.Column("joined", sa.Float, nullable=False),
)

open_campaigns = sa.Table(
    "open_campaigns",
    METADATA,
    sa.Column("campaign", sa.ForeignKey("campaigns.id"), primary_key=True),
)

audit = sa.Table(
    "audit_entries",
    METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
)
append_only(audit)
