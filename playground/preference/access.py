"""Who may judge which campaign: invitations, members, and campaigns that are open to everybody.

An invitation is a link with a random token, for a role, once or often, until it expires or is
revoked. Only its digest is stored. All that is wrong with a link is told in the same words.
"""

import secrets
import time
from dataclasses import dataclass

import sqlalchemy as sa

from playground.errors import ConflictError, InputError, NotFoundError
from playground.preference import campaign as campaigns
from playground.store import accounts as people
from playground.store.accounts import Account, Role
from playground.store.audit import append
from playground.store.database import connect, reading, writing
from playground.store.people import accounts, invitations, members, open_campaigns
from playground.store.sessions import digest
from playground.store.tables import assignments, items

DAY = 86_400.0
LONGEST_DAYS = 365
SETUP = "setup link"


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link that lets people in."""

    id: str
    role: Role
    campaign: str | None
    """What an annotator is invited to judge."""
    most: int | None
    """How many may come by it; None: any number."""
    used: int
    made_by: str
    created: float
    expires: float
    revoked: float | None
    token: str = ""
    """What the link ends in; known only where the invitation was just made."""

    @property
    def state(self) -> str:
        """open, used up, revoked or expired."""
        if self.revoked is not None:
            return "revoked"
        if self.most is not None and self.used >= self.most:
            return "used up"
        return "open" if self.expires > time.time() else "expired"


def invite(
    campaign: str | None = None,
    role: Role = "annotator",
    *,
    most: int | None = 1,
    days: float = 7,
    by: str = "notebook",
    engine: sa.Engine | None = None,
) -> Invitation:
    """A new invitation; its link is `/join/` and the `token`, which cannot be shown again.

    An annotator is invited to a campaign; a viewer or an owner to all there is.
    Raises InputError, and NotFoundError for an unknown campaign.
    """
    people.check_role(role)
    _check(campaign, role, most, days)
    token, now = secrets.token_urlsafe(32), time.time()
    made = Invitation(
        f"invitation-{secrets.token_hex(4)}", role, campaign, most, 0, by, now, now + days * DAY, None, token
    )
    with writing(engine or connect()) as connection:
        if campaign is not None:
            campaigns.find(connection, campaign)
        columns = {column.name for column in invitations.c} - {"digest"}
        values = {name: getattr(made, name) for name in columns} | {"digest": digest(token)}
        connection.execute(invitations.insert(), values)
        append(connection, by, "invitation made", made.id, _told(made))
    return made


def setup_link(engine: sa.Engine | None = None) -> Invitation:
    """The link by which the first owner comes, within a day; earlier ones end, this one with that owner."""
    for one in list_invitations(engine):
        if one.made_by == SETUP and one.state == "open":
            revoke_invitation(one.id, by=SETUP, engine=engine)
    return invite(role="owner", days=1, by=SETUP, engine=engine)


def list_invitations(engine: sa.Engine | None = None) -> list[Invitation]:
    """Every invitation, newest first, whatever became of it."""
    query = invitations.select().order_by(invitations.c.created.desc(), invitations.c.id)
    with reading(engine or connect()) as connection:
        return [_invitation(row) for row in connection.execute(query)]


def revoke_invitation(invitation: str, *, by: str, engine: sa.Engine | None = None) -> None:
    """Let nobody in by a link any more. Raises NotFoundError."""
    with writing(engine or connect()) as connection:
        values = {"revoked": time.time()}
        which = (invitations.c.id == invitation, invitations.c.revoked.is_(None))
        if not connection.execute(invitations.update().where(*which).values(values)).rowcount:
            raise NotFoundError("There is no such invitation", remedy="Reload the page")
        append(connection, by, "invitation revoked", invitation)


def look_up(token: str, *, engine: sa.Engine | None = None) -> Invitation:
    """The invitation behind a link. Raises NotFoundError, in the same words whatever is wrong with it."""
    with reading(engine or connect()) as connection:
        return _valid(connection, token)


def join(token: str, name: str, password: str, *, engine: sa.Engine | None = None) -> Account:
    """Make an account by invitation.

    Raises NotFoundError, InputError, ConflictError; then nothing is used up.
    """
    engine = engine or connect()
    look_up(token, engine=engine)
    hashed = people.hash_password(password, name)
    with writing(engine) as connection:
        found = _valid(connection, token, lock=True)
        account = people.add(connection, name, found.role, found.id, password=hashed)
        _enter(connection, found, account)
        return account


def join_outside(
    token: str, name: str, subject: str, *, engine: sa.Engine | None = None
) -> Account:
    """As `join`, for somebody whom another provider vouches for."""
    with writing(engine or connect()) as connection:
        found = _valid(connection, token, lock=True)
        account = people.add(connection, name, found.role, found.id, subject=subject)
        _enter(connection, found, account)
        return account


def accept(token: str, account: Account, *, engine: sa.Engine | None = None) -> Invitation:
    """Accept an invitation with an account one has. Raises NotFoundError, and ConflictError for another role.

    An owner may do everything already, and a member is one already: neither uses the invitation up.
    """
    with writing(engine or connect()) as connection:
        found = _valid(connection, token, lock=True)
        if account.role == "owner":
            return found
        if account.role != found.role:
            raise ConflictError(
                f"This invitation is for {_a(found.role)}, and you are {_a(account.role)} here",
                rule="An account has one role",
                remedy="Ask an owner to change it",
            )
        if found.campaign is not None and not _is_member(connection, account.id, found.campaign):
            _enter(connection, found, account)
        return found


def set_open(campaign: str, to_all: bool, *, by: str, engine: sa.Engine | None = None) -> None:
    """Open a campaign to everybody who has its address, or only to those invited. Raises NotFoundError."""
    with writing(engine or connect()) as connection:
        campaigns.find(connection, campaign, lock=True)
        connection.execute(open_campaigns.delete().where(open_campaigns.c.campaign == campaign))
        if to_all:
            connection.execute(open_campaigns.insert(), {"campaign": campaign})
        append(connection, by, "campaign opened" if to_all else "campaign closed", campaign)


def dismiss(campaign: str, name: str, *, by: str, engine: sa.Engine | None = None) -> None:
    """Have somebody judge a campaign no more, unless it is open. Their votes stay. Raises NotFoundError."""
    account = people.find_account(name, engine=engine)
    with writing(engine or connect()) as connection:
        which = (members.c.campaign == campaign, members.c.account == account.id)
        if not connection.execute(members.delete().where(*which)).rowcount:
            raise NotFoundError(f"{name} is not invited to this campaign", remedy="Reload the page")
        append(connection, by, "dismissed", campaign, account.name)


def opened(engine: sa.Engine | None = None) -> set[str]:
    """The campaigns that are open to everybody."""
    with reading(engine or connect()) as connection:
        return set(connection.scalars(sa.select(open_campaigns.c.campaign)))


def joined(account: int, engine: sa.Engine | None = None) -> set[str]:
    """The campaigns somebody was invited to."""
    query = sa.select(members.c.campaign).where(members.c.account == account)
    with reading(engine or connect()) as connection:
        return set(connection.scalars(query))


def may_judge(campaign: str, account: int | None, engine: sa.Engine | None = None) -> bool:
    """Whether one may judge who is no owner, or has no account: the campaign is open or they are invited."""
    if not campaigns.is_identifier(campaign):
        return False
    with reading(engine or connect()) as connection:
        return connection.scalar(_MAY_JUDGE, {"which": campaign, "who": account})


def campaign_of(assignment: str, engine: sa.Engine | None = None) -> str | None:
    """The campaign an assignment belongs to; None where there is no such assignment."""
    if not campaigns.is_identifier(assignment):
        return None
    query = sa.select(items.c.campaign).join(assignments).where(assignments.c.id == assignment)
    with reading(engine or connect()) as connection:
        return connection.scalar(query)


def members_of(engine: sa.Engine | None = None) -> dict[str, list[str]]:
    """The names of those invited to each campaign, in the order they came."""
    query = (
        sa.select(members.c.campaign, accounts.c.name)
        .join(accounts, accounts.c.id == members.c.account)
        .order_by(members.c.joined)
    )
    found: dict[str, list[str]] = {}
    with reading(engine or connect()) as connection:
        for campaign, name in connection.execute(query):
            found.setdefault(campaign, []).append(name)
    return found


_MAY_JUDGE = sa.select(
    sa.or_(
        sa.exists().where(open_campaigns.c.campaign == sa.bindparam("which", type_=sa.Text)),
        sa.exists().where(
            members.c.campaign == sa.bindparam("which", type_=sa.Text),
            members.c.account == sa.bindparam("who", type_=sa.Integer),
        ),
    )
)


def _valid(connection: sa.Connection, token: str, *, lock: bool = False) -> Invitation:
    query = invitations.select().where(invitations.c.digest == digest(token))
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    late = row is not None and row.made_by == SETUP and connection.scalar(people.AN_OWNER)
    if row is None or late or _invitation(row).state != "open":
        raise NotFoundError(
            "This invitation is not valid, or no longer", remedy="Ask whoever sent it for a new one"
        )
    return _invitation(row)


def _enter(connection: sa.Connection, found: Invitation, account: Account) -> None:
    connection.execute(
        invitations.update().where(invitations.c.id == found.id).values(used=found.used + 1)
    )
    if found.campaign is not None:
        values = {"account": account.id, "campaign": found.campaign, "joined": time.time()}
        connection.execute(members.insert(), values)
    append(connection, account.name, "invitation accepted", found.id, _told(found))


def _is_member(connection: sa.Connection, account: int, campaign: str) -> bool:
    return connection.scalar(
        sa.select(sa.exists().where(members.c.account == account, members.c.campaign == campaign))
    )


def _invitation(row: sa.Row) -> Invitation:
    values = row._asdict()
    del values["digest"]
    return Invitation(**values)


def _told(one: Invitation) -> str:
    return " ".join(filter(None, (one.role, one.campaign)))


def _a(role: str) -> str:
    return f"{'a' if role == 'viewer' else 'an'} {role}"


def _check(campaign: str | None, role: str, most: int | None, days: float) -> None:
    for value, ok, rule in (
        (campaign, (campaign is not None) == (role == "annotator"), "To a campaign annotators are invited"),
        (most, most is None or 1 <= most <= 10_000, "1 to 10,000 may come by one invitation, or any number"),
        (days, 0 < days <= LONGEST_DAYS, f"An invitation holds for up to {LONGEST_DAYS} days"),
    ):
        if not ok:
            raise InputError(f"The value is {value!r}", rule=rule)
