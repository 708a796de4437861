"""Invitations: once or often, until they end, and only for what they say."""

import threading

import pytest

from playground.errors import ConflictError, InputError, NotFoundError
from playground.preference import access
from playground.preference.assign import next_assignment, record_vote, undo_vote
from playground.preference.campaign import load_campaign
from playground.store import accounts
from playground.store.database import writing
from playground.store.people import invitations

PASSWORD = "correct horse battery"


pytestmark = pytest.mark.usefixtures("quick_passwords")


@pytest.fixture
def mine(campaign):
    return campaign()


@pytest.mark.parametrize("odd", ["\0", "a\0b", "\ud800", "\xe9"])
def test_no_database_is_asked_for_a_name_that_it_cannot_hold(engine, mine, odd):
    assert access.campaign_of(odd, engine) is None
    assert access.may_judge(odd, None, engine) is False
    key = "k" * 16
    for ask in (
        lambda: load_campaign(odd, engine),
        lambda: next_assignment(odd, "anna", engine=engine),
        lambda: record_vote(odd, key, annotator="anna", choice="tie", engine=engine),
        lambda: undo_vote(odd, key, annotator="anna", engine=engine),
    ):
        with pytest.raises(NotFoundError):
            ask()
    assert next_assignment(mine, "anna", besides=[odd], engine=engine) is not None


def test_who_joins_may_judge_that_campaign_and_no_other(engine, campaign, mine):
    other = campaign()
    made = access.invite(mine, engine=engine)
    assert access.look_up(made.token, engine=engine).campaign == mine
    anna = access.join(made.token, "Anna", PASSWORD, engine=engine)
    assert anna.role == "annotator" and access.joined(anna.id, engine) == {mine}
    assert access.may_judge(mine, anna.id, engine) and not access.may_judge(other, anna.id, engine)
    assert not access.may_judge(mine, None, engine) and not access.may_judge("nowhere", anna.id, engine)
    assert access.members_of(engine) == {mine: ["Anna"]}


def test_the_token_is_not_in_the_database(engine, mine, tmp_path):
    token = access.invite(mine, engine=engine).token
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("*.sqlite3*"))
    assert len(token) >= 43 and token.encode() not in raw
    assert all(one.token == "" for one in access.list_invitations(engine))


@pytest.mark.parametrize("ended", ["used up", "revoked", "expired", "unknown"])
def test_a_link_that_ended_is_refused_in_the_same_words(engine, mine, ended):
    made = access.invite(mine, engine=engine)
    token = made.token
    if ended == "used up":
        access.join(token, "Otto", PASSWORD, engine=engine)
    elif ended == "revoked":
        access.revoke_invitation(made.id, by="Anna", engine=engine)
    elif ended == "expired":
        with writing(engine) as connection:
            connection.execute(invitations.update().values(expires=0))
    else:
        token = "x" * 43
    if ended != "unknown":
        assert access.list_invitations(engine)[0].state == ended
    with pytest.raises(NotFoundError, match="not valid, or no longer"):
        access.look_up(token, engine=engine)
    with pytest.raises(NotFoundError, match="not valid, or no longer"):
        access.join(token, "Rita", PASSWORD, engine=engine)
    assert "Rita" not in [one.name for one in accounts.list_accounts(engine)]


def test_a_one_time_link_lets_one_of_ten_in(engine, mine):
    token = access.invite(mine, engine=engine).token
    outcomes = []

    def come(number):
        try:
            outcomes.append(access.join(token, f"Anna{number}", PASSWORD, engine=engine).name)
        except NotFoundError:
            outcomes.append(None)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count(None) == 9 and len(accounts.list_accounts(engine)) == 1


def test_a_link_for_many_counts_them(engine, mine):
    made = access.invite(mine, most=None, engine=engine)
    for name in ("Anna", "Otto", "Rita"):
        access.join(made.token, name, PASSWORD, engine=engine)
    assert access.list_invitations(engine)[0].used == 3


def test_a_name_that_is_taken_uses_nothing_up(engine, mine):
    accounts.create_account("Anna", PASSWORD, "viewer", engine=engine)
    token = access.invite(mine, engine=engine).token
    with pytest.raises(ConflictError):
        access.join(token, "anna", PASSWORD, engine=engine)
    assert access.join(token, "Otto", PASSWORD, engine=engine)


def test_who_has_an_account_accepts_with_it(engine, campaign, mine):
    anna = access.join(access.invite(mine, engine=engine).token, "Anna", PASSWORD, engine=engine)
    viewer = accounts.create_account("Vera", PASSWORD, "viewer", engine=engine)
    owner = accounts.create_account("Otto", PASSWORD, "owner", engine=engine)
    other = campaign()
    token = access.invite(other, engine=engine).token
    with pytest.raises(ConflictError, match="for an annotator, and you are a viewer"):
        access.accept(token, viewer, engine=engine)
    access.accept(token, owner, engine=engine)
    for _ in range(2):
        access.accept(access.invite(other, engine=engine).token, anna, engine=engine)
    assert access.joined(anna.id, engine) == {mine, other}
    assert access.look_up(token, engine=engine).used == 0


def test_an_open_campaign_is_everybodys_until_it_is_closed(engine, mine):
    access.set_open(mine, True, by="Anna", engine=engine)
    access.set_open(mine, True, by="Anna", engine=engine)
    assert access.may_judge(mine, None, engine) and access.opened(engine) == {mine}
    access.set_open(mine, False, by="Anna", engine=engine)
    assert not access.may_judge(mine, None, engine)


def test_somebody_dismissed_judges_no_more(engine, mine):
    anna = access.join(access.invite(mine, engine=engine).token, "Anna", PASSWORD, engine=engine)
    access.dismiss(mine, "anna", by="Otto", engine=engine)
    assert not access.may_judge(mine, anna.id, engine)
    with pytest.raises(NotFoundError):
        access.dismiss(mine, "anna", by="Otto", engine=engine)


def test_a_setup_link_ends_with_the_next_and_with_the_first_owner(engine):
    earlier, link = (access.setup_link(engine).token for _ in range(2))
    with pytest.raises(NotFoundError):
        access.look_up(earlier, engine=engine)
    assert access.look_up(link, engine=engine).role == "owner"
    accounts.make_owner("Anna", PASSWORD, by="command line", engine=engine)
    with pytest.raises(NotFoundError):
        access.join(link, "Otto", PASSWORD, engine=engine)


@pytest.mark.parametrize("wrong", [
    {"campaign": None}, {"role": "viewer"}, {"role": "admin"}, {"most": 0}, {"days": 0}, {"days": 366},
])
def test_invitations_that_are_none(engine, mine, wrong):
    with pytest.raises(InputError):
        access.invite(**({"campaign": mine} | wrong), engine=engine)
    with pytest.raises(NotFoundError):
        access.invite("nowhere", engine=engine)


@pytest.mark.parametrize("end", ["revoked", "demoted"])
def test_an_owner_who_is_one_no_more_does_not_come_back_by_a_link_of_their_own(engine, mine, end):
    accounts.create_account("Anna", PASSWORD, "owner", by="test", engine=engine)
    accounts.create_account("Bea", PASSWORD, "owner", by="test", engine=engine)
    back = access.invite(None, role="owner", by="Bea", engine=engine)
    other = access.invite(None, role="owner", by="Anna", engine=engine)
    pupils = access.invite(mine, by="Bea", engine=engine)
    if end == "revoked":
        accounts.revoke_account("Bea", by="Anna", engine=engine)
    else:
        accounts.set_role("Bea", "viewer", by="Anna", engine=engine)
    with pytest.raises(NotFoundError, match="not valid"):
        access.join(back.token, "Bea again", PASSWORD, engine=engine)
    assert access.look_up(other.token, engine=engine) and access.look_up(pupils.token, engine=engine)
