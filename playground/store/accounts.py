"""Who may come in: accounts with a role each, their passwords as Argon2id (RFC 9106).

Every change appends to the audit trail in the same transaction. A check of a password takes as long
for a name nobody has as for one that exists, and says no more.
"""

import contextlib
import functools
import secrets
import threading
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from playground.errors import ConflictError, ForbiddenError, InputError, NotFoundError, UnavailableError
from playground.store.audit import append
from playground.store.database import connect, reading, writing
from playground.store.people import accounts, invitations, sessions

Role = Literal["owner", "annotator", "viewer"]
SHORTEST, LONGEST = 10, 200

_HASHES = PasswordHasher()
# A check takes 64 MiB and all of a core for a while: a crowd of them must not take the machine.
_AT_ONCE = threading.BoundedSemaphore(2)
_PATIENCE = 10.0
_OTHERS = ("browser-", "simulated", "imported")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in."""

    id: int
    name: str
    """As it stands on votes and in the audit trail."""
    role: Role
    outside: bool
    """Signs in through Hugging Face instead of by password."""
    created: float
    revoked: float | None


def create_account(
    name: str, password: str, role: Role, *, by: str = "", engine: sa.Engine | None = None
) -> Account:
    """A local account. Raises InputError (name or password against the rules), ConflictError (name taken)."""
    hashed = hash_password(password, name)
    with writing(engine or connect()) as connection:
        return add(connection, name, role, by or name, password=hashed)


def add(
    connection: sa.Connection,
    name: str,
    role: Role,
    by: str,
    *,
    password: str | None = None,
    subject: str | None = None,
) -> Account:
    """An account within a write transaction, with a hashed password or the subject of an outside provider."""
    name = name.strip() if subject else check_name(name)
    check_role(role)
    taken = sa.select(accounts.c.id).where(accounts.c.key == key_of(name))
    if connection.scalar(taken) is not None:
        raise ConflictError(f"The name {name!r} is taken", remedy="Choose another name")
    values = {"name": name, "key": key_of(name), "role": role, "password": password, "subject": subject}
    try:
        connection.execute(accounts.insert(), values | {"created": time.time()})
    except sa.exc.IntegrityError as error:
        raise ConflictError(f"The name {name!r} is taken", remedy="Choose another name") from error
    append(connection, by, "account made", name, role)
    return _one(connection, accounts.c.key == key_of(name))


def check_password(name: str, password: str, *, engine: sa.Engine | None = None) -> Account | None:
    """The account of this name if the password is right; None, after as long, whatever else is the case."""
    with reading(engine or connect()) as connection:
        row = connection.execute(accounts.select().where(accounts.c.key == key_of(name))).one_or_none()
    stored = row.password if row is not None and row.revoked is None else None
    return account_of(row) if _fits(stored, password) else None


def change_password(account: int, old: str, new: str, *, engine: sa.Engine | None = None) -> None:
    """Replace one's own password; every session of the account ends. Raises ForbiddenError, InputError."""
    engine = engine or connect()
    with reading(engine) as connection:
        row = connection.execute(accounts.select().where(accounts.c.id == account)).one()
    if not _fits(row.password, old):
        raise ForbiddenError("This is not your present password", remedy="Type it again")
    hashed = _hash(new, row.name)
    with writing(engine) as connection:
        _replace(connection, account, row.name, hashed, by=row.name)


def make_owner(name: str, password: str, *, by: str, engine: sa.Engine | None = None) -> Account:
    """An owner of this name: made anew, or the account that has it, with this password from now on."""
    engine, hashed = engine or connect(), _hash(password, name)
    with writing(engine) as connection:
        known = connection.execute(accounts.select().where(accounts.c.key == key_of(name))).one_or_none()
        if known is None:
            return add(connection, name, "owner", by, password=hashed)
        if known.subject is not None:
            raise ConflictError(f"{known.name} signs in through Hugging Face", remedy="Choose another name")
        _change(connection, known.id, role="owner", revoked=None)
        append(connection, by, "role changed", known.name, "owner")
        _replace(connection, known.id, known.name, hashed, by)
        return _one(connection, accounts.c.id == known.id)


def create_outside(
    name: str, subject: str, role: Role, *, by: str, engine: sa.Engine | None = None
) -> Account:
    """An account for somebody whom another provider knows as `subject`. Raises ConflictError."""
    with writing(engine or connect()) as connection:
        return add(connection, name, role, by, subject=subject)


def outside_account(subject: str, *, engine: sa.Engine | None = None) -> Account | None:
    """The account of somebody whom another provider vouches for; it may be revoked."""
    with reading(engine or connect()) as connection:
        row = connection.execute(accounts.select().where(accounts.c.subject == subject)).one_or_none()
    return None if row is None else account_of(row)


def list_accounts(engine: sa.Engine | None = None) -> list[Account]:
    """Every account, revoked ones too, in the order they were made."""
    with reading(engine or connect()) as connection:
        return [account_of(row) for row in connection.execute(accounts.select().order_by(accounts.c.id))]


def find_account(name: str, *, engine: sa.Engine | None = None) -> Account:
    """The account of this name. Raises NotFoundError."""
    with reading(engine or connect()) as connection:
        return _one(connection, accounts.c.key == key_of(name))


def owner_exists(engine: sa.Engine | None = None) -> bool:
    """Whether somebody owns this playground, so that it must ask who comes."""
    with reading(engine or connect()) as connection:
        return connection.scalar(AN_OWNER)


def set_role(name: str, role: Role, *, by: str, engine: sa.Engine | None = None) -> Account:
    """Give an account a role, and let it in again where it was revoked. The last owner stays one; of another
    who is one no more, open links for owners and viewers are withdrawn."""
    check_role(role)
    with writing(engine or connect()) as connection:
        account = _one(connection, accounts.c.key == key_of(name), lock=True)
        if role != "owner":
            _keep_an_owner(connection, account)
            _end_invitations(connection, account)
        _change(connection, account.id, role=role, revoked=None)
        append(connection, by, "role changed", account.name, role)
        return _one(connection, accounts.c.id == account.id)


def revoke_account(name: str, *, by: str, engine: sa.Engine | None = None) -> None:
    """Let somebody in no more, at once, nor anybody by their links for owners and viewers. Their votes stay.
    The last owner cannot be revoked."""
    with writing(engine or connect()) as connection:
        account = _one(connection, accounts.c.key == key_of(name), lock=True)
        _keep_an_owner(connection, account)
        _change(connection, account.id, revoked=time.time())
        _end_sessions(connection, account.id)
        _end_invitations(connection, account)
        append(connection, by, "account revoked", account.name)


def _end_invitations(connection: sa.Connection, account: Account) -> None:
    """Of an account that is an owner's no more: it could come back by a link of its own."""
    which = (
        invitations.c.made_by == account.name,
        invitations.c.role != "annotator",
        invitations.c.revoked.is_(None),
    )
    connection.execute(invitations.update().where(*which).values(revoked=time.time()))


def hash_password(password: str, name: str) -> str:
    """What is stored of a new account's password. Raises InputError where it or the name breaks a rule."""
    check_name(name)
    return _hash(password, name)


def _hash(password: str, name: str) -> str:
    """For an account that there is the name stands, whatever became a rule since."""
    if not SHORTEST <= len(password) <= LONGEST:
        rule = f"It has {SHORTEST} to {LONGEST}"
        raise InputError(f"The password has {len(password)} characters", rule=rule)
    if key_of(password) == key_of(name):
        raise InputError("The password is the name", remedy="Choose another password")
    with _turn():
        return _HASHES.hash(_typed(password))


def check_role(role: str) -> None:
    """Raises InputError for what is no role."""
    if role not in get_args(Role):
        raise InputError(f"The role is {role!r}", rule=f"It is one of {', '.join(get_args(Role))}")


def check_name(name: str) -> str:
    """A local account's name as it is stored. Raises InputError."""
    name = unicodedata.normalize("NFKC", name).strip()
    fine = 2 <= len(name) <= 40 and name[0].isalnum() and all(c.isalnum() or c in "._-" for c in name)
    if not fine or name.casefold().startswith(_OTHERS):
        raise InputError(
            f"The name is {name[:60]!r}",
            rule="A name has 2 to 40 letters, digits, dots, hyphens and underscores, begins with a letter or "
            f"digit, and not with {', '.join(_OTHERS[:-1])} or {_OTHERS[-1]}",
        )
    return name


_OWNERS = (accounts.c.role == "owner", accounts.c.revoked.is_(None))
AN_OWNER = sa.select(sa.exists().where(*_OWNERS))


def key_of(name: str) -> str:
    """What names have in common that are one account's, however they were typed."""
    return unicodedata.normalize("NFKC", name).strip().casefold().replace("\0", "")


def account_of(row: sa.Row) -> Account:
    """A row of the table."""
    return Account(row.id, row.name, row.role, row.subject is not None, row.created, row.revoked)


def _one(connection: sa.Connection, which: sa.ColumnElement[bool], *, lock: bool = False) -> Account:
    query = accounts.select().where(which)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFoundError("There is no account of this name", remedy="Check its spelling")
    return account_of(row)


def _change(connection: sa.Connection, account: int, **values) -> None:
    connection.execute(accounts.update().where(accounts.c.id == account).values(values))


def _end_sessions(connection: sa.Connection, account: int) -> None:
    connection.execute(sessions.delete().where(sessions.c.account == account))


def _replace(connection: sa.Connection, account: int, name: str, hashed: str, by: str) -> None:
    _change(connection, account, password=hashed)
    _end_sessions(connection, account)
    append(connection, by, "password changed", name)


def _keep_an_owner(connection: sa.Connection, account: Account) -> None:
    owners = set(connection.scalars(sa.select(accounts.c.id).where(*_OWNERS).with_for_update()))
    if owners == {account.id}:
        raise ConflictError(
            f"{account.name} is the only owner", rule="Somebody must own the playground",
            remedy="Make somebody else an owner first",
        )


def _fits(stored: str | None, password: str) -> bool:
    decoy = _decoy()
    with _turn():
        try:
            return _HASHES.verify(stored or decoy, _typed(password[:LONGEST])) and stored is not None
        except (Argon2Error, InvalidHashError):
            return False


def _typed(password: str) -> bytes:
    """One way of writing for one password, whichever keyboard it was typed on."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")


@functools.cache
def _decoy() -> str:
    """What the password of a name nobody has is compared with."""
    return _HASHES.hash(secrets.token_bytes(32))


@contextlib.contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise UnavailableError("Too many people sign in at this moment", remedy="Try again in a minute")
    try:
        yield
    finally:
        _AT_ONCE.release()
