"""Sessions of people who signed in: a random token in the browser, its digest here."""

import hashlib
import secrets
import time

import sqlalchemy as sa

from playground.store.accounts import Account, account_of
from playground.store.audit import append
from playground.store.database import connect, reading, writing
from playground.store.people import accounts, sessions

SECONDS = 14 * 86_400

_ACCOUNT = (
    sa.select(accounts)
    .join(sessions, sessions.c.account == accounts.c.id)
    .where(
        sessions.c.digest == sa.bindparam("token"),
        sessions.c.expires > sa.bindparam("now", type_=sa.Float),
        accounts.c.revoked.is_(None),
    )
)


def start(account: Account, *, how: str = "password", engine: sa.Engine | None = None) -> str:
    """Sign somebody in; the token their browser keeps. Expired sessions are cleared on the way."""
    token, now = secrets.token_urlsafe(32), time.time()
    with writing(engine or connect()) as connection:
        connection.execute(sessions.delete().where(sessions.c.expires < now))
        values = {"digest": digest(token), "account": account.id, "expires": now + SECONDS}
        connection.execute(sessions.insert(), values)
        append(connection, account.name, "signed in", account.name, how)
    return token


def whose(token: str, *, engine: sa.Engine | None = None) -> Account | None:
    """Whose session this is, with the role they have at this moment."""
    with reading(engine or connect()) as connection:
        return _whose(connection, token)


def end(token: str, *, engine: sa.Engine | None = None) -> None:
    """Sign out."""
    with writing(engine or connect()) as connection:
        if account := _whose(connection, token):
            connection.execute(sessions.delete().where(sessions.c.digest == digest(token)))
            append(connection, account.name, "signed out", account.name)


def digest(token: str) -> str:
    """What is kept of a random token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _whose(connection: sa.Connection, token: str) -> Account | None:
    row = connection.execute(_ACCOUNT, {"token": digest(token), "now": time.time()}).one_or_none()
    return None if row is None else account_of(row)
