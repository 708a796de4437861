"""Accounts: nobody gets in by guessing, by reading the database, or after being revoked."""

import threading
import time

import pytest
import sqlalchemy as sa

from playground.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from playground.store import accounts, audit, people, sessions
from playground.store.database import connect, writing
from playground.store.people import sessions as kept

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def usual(quick_passwords):
    return quick_passwords


@pytest.fixture
def anna(engine):
    return accounts.create_account("Anna", PASSWORD, "owner", engine=engine)


def test_the_hash_is_as_dear_as_rfc_9106_asks(usual):
    assert (usual.memory_cost, usual.time_cost) == (64 * 1024, 3)
    assert usual.verify(usual.hash(PASSWORD), PASSWORD)


def test_the_right_password_and_no_other(engine, anna):
    assert accounts.check_password(" anna ", PASSWORD, engine=engine) == anna
    for name, password in (("Anna", PASSWORD + "."), ("Anna", ""), ("nobody", PASSWORD), ("\0", "x" * 5000)):
        assert accounts.check_password(name, password, engine=engine) is None


def test_a_name_nobody_has_costs_the_same_check(engine, anna, monkeypatch):
    checked = []

    class Counting:
        def verify(self, stored, password):
            checked.append(stored.split("$")[1:4])
            return False

        def hash(self, password):
            return real.hash(password)

    real = accounts._HASHES
    accounts.create_account("Rita", PASSWORD, "viewer", engine=engine)
    accounts.revoke_account("Rita", by="Anna", engine=engine)
    accounts.create_outside("Uwe@huggingface", "7", "viewer", by="Anna", engine=engine)
    accounts._decoy()
    monkeypatch.setattr(accounts, "_HASHES", Counting())
    for name in ("Anna", "nobody", "Rita", "Uwe@huggingface"):
        assert accounts.check_password(name, "wrong wrong", engine=engine) is None
    assert len(checked) == 4 and all(one == checked[0] for one in checked)
    assert checked[0][0] == "argon2id"


def test_the_database_holds_neither_password_nor_token(tmp_path):
    engine = connect(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    anna = accounts.create_account("Anna", PASSWORD, "owner", engine=engine)
    token = sessions.start(anna, engine=engine)
    with writing(engine) as connection:
        stored = connection.scalar(sa.text("SELECT password FROM accounts"))
    assert stored.startswith("$argon2id$")
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("db.sqlite3*"))
    assert b"Anna" in raw and token.encode() not in raw and PASSWORD.encode() not in raw


@pytest.mark.parametrize("name", [
    "a", "", "a b", "-anna", "browser-1234", "Simulated", "Imported-2", "x" * 41, "a/b", "a\0b", "a@b",
])
def test_names_that_are_none(engine, name):
    with pytest.raises(InputError, match="A name has 2 to 40"):
        accounts.create_account(name, PASSWORD, "viewer", engine=engine)


def test_a_name_is_taken_however_it_is_written(engine, anna):
    for name in ("anna", "ANNA", "Ａｎｎａ"):
        with pytest.raises(ConflictError, match="is taken"):
            accounts.create_account(name, PASSWORD, "viewer", engine=engine)


@pytest.mark.parametrize("password", ["short", "x" * 201, "ann-ann-ann"])
def test_passwords_that_are_none(engine, password):
    with pytest.raises(InputError, match="password"):
        accounts.create_account("Ann-ann-ann", password, "viewer", engine=engine)
    assert accounts.list_accounts(engine) == []


def test_a_new_password_ends_every_session(engine, anna):
    token = sessions.start(anna, engine=engine)
    with pytest.raises(ForbiddenError):
        accounts.change_password(anna.id, "wrong wrong", "another password", engine=engine)
    assert sessions.whose(token, engine=engine) == anna
    accounts.change_password(anna.id, PASSWORD, "another password", engine=engine)
    assert sessions.whose(token, engine=engine) is None
    assert accounts.check_password("Anna", PASSWORD, engine=engine) is None
    assert accounts.check_password("Anna", "another password", engine=engine)


def test_whoever_had_a_name_before_it_was_reserved_keeps_it(engine, anna):
    with writing(engine) as connection:
        connection.execute(people.accounts.update().values(name="imported", key="imported"))
    accounts.change_password(anna.id, PASSWORD, "another password", engine=engine)
    accounts.make_owner("imported", PASSWORD, by="the machine", engine=engine)
    assert accounts.check_password("imported", PASSWORD, engine=engine).id == anna.id


def test_a_session_tells_the_role_of_this_moment_and_ends(engine, anna):
    rita = accounts.create_account("Rita", PASSWORD, "viewer", engine=engine)
    token, other = (sessions.start(rita, engine=engine) for _ in range(2))
    accounts.set_role("Rita", "annotator", by="Anna", engine=engine)
    assert sessions.whose(token, engine=engine).role == "annotator"
    sessions.end(token, engine=engine)
    assert sessions.whose(token, engine=engine) is None
    accounts.revoke_account("Rita", by="Anna", engine=engine)
    assert sessions.whose(other, engine=engine) is None
    assert accounts.check_password("Rita", PASSWORD, engine=engine) is None
    accounts.set_role("Rita", "viewer", by="Anna", engine=engine)
    assert accounts.check_password("Rita", PASSWORD, engine=engine)
    assert sessions.whose("forged", engine=engine) is None


def test_a_session_expires(engine, anna):
    token = sessions.start(anna, engine=engine)
    with writing(engine) as connection:
        connection.execute(kept.update().values(expires=time.time() - 1))
    assert sessions.whose(token, engine=engine) is None
    sessions.start(anna, engine=engine)
    with writing(engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(kept)) == 1


def test_the_last_owner_stays(engine, anna):
    for attempt in (
        lambda: accounts.revoke_account("Anna", by="Anna", engine=engine),
        lambda: accounts.set_role("Anna", "viewer", by="Anna", engine=engine),
    ):
        with pytest.raises(ConflictError, match="only owner"):
            attempt()
    accounts.create_account("Otto", PASSWORD, "owner", engine=engine)
    accounts.revoke_account("Anna", by="Otto", engine=engine)
    assert accounts.owner_exists(engine)


def test_an_owner_is_made_and_made_anew(engine):
    assert not accounts.owner_exists(engine)
    made = accounts.make_owner("Anna", PASSWORD, by="command line", engine=engine)
    token = sessions.start(made, engine=engine)
    again = accounts.make_owner("anna", "another password", by="command line", engine=engine)
    assert again.id == made.id and sessions.whose(token, engine=engine) is None
    with pytest.raises(NotFoundError):
        accounts.find_account("nobody", engine=engine)


def test_one_name_ten_times_at_once_is_one_account(engine, monkeypatch):
    monkeypatch.setattr(accounts, "hash_password", lambda password, name: "$argon2id$stand-in")
    outcomes = []

    def make():
        try:
            outcomes.append(accounts.create_account("Anna", PASSWORD, "viewer", engine=engine))
        except ConflictError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=make) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 10 and len(accounts.list_accounts(engine)) == 1
    assert audit.verify(engine=engine).entries == 1


def test_every_change_is_in_the_audit_trail(engine, anna):
    accounts.create_account("Rita", PASSWORD, "viewer", by="Anna", engine=engine)
    accounts.set_role("Rita", "annotator", by="Anna", engine=engine)
    accounts.revoke_account("Rita", by="Anna", engine=engine)
    told = [(one.actor, one.action, one.subject, one.detail) for one in audit.entries(engine)]
    assert told == [
        ("Anna", "account made", "Anna", "owner"),
        ("Anna", "account made", "Rita", "viewer"),
        ("Anna", "role changed", "Rita", "annotator"),
        ("Anna", "account revoked", "Rita", ""),
    ]


def test_a_damaged_hash_lets_nobody_in(engine, anna):
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE accounts SET password = 'plain'")
    assert accounts.check_password("Anna", "plain", engine=engine) is None
