"""The commands of the command line that have no home elsewhere: owners and the audit trail."""

import io
import sqlite3

import pytest

from playground.__main__ import main
from playground.store import accounts, audit

pytestmark = pytest.mark.usefixtures("home", "quick_passwords")


@pytest.fixture
def command(monkeypatch, capsys):
    """What a command says and its exit status, with text on its input."""

    def run(*arguments, typed=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        said = capsys.readouterr()
        return end.value.code, said.out + said.err

    return run


def test_an_owner_is_made_and_a_lost_password_replaced(command):
    assert command("owner", "anna", typed="correct horse battery\n")[0] == 0
    assert accounts.check_password("anna", "correct horse battery").role == "owner"
    assert command("owner", "anna", typed="another password\n")[0] == 0
    assert accounts.check_password("anna", "correct horse battery") is None
    status, said = command("owner", "otto", typed="short\n")
    assert status == 1 and said == "The password has 5 characters. It has 10 to 200.\n"
    assert "A name has" in command("owner", "o", typed="correct horse battery\n")[1]


def test_the_audit_trail_is_printed_and_checked(command, home):
    audit.note("Anna", "did", "this")
    status, said = command("audit")
    digest = audit.verify().digest
    assert status == 0 and "Anna  did  this\n1 entries, unbroken." in said and digest in said
    audit.note("Anna", "did", "that")
    assert command("audit", "--known", digest)[0] == 0
    with sqlite3.connect(home / "playground.sqlite3") as file:
        file.execute("DROP TRIGGER audit_entries_no_update")
        file.execute("UPDATE audit_entries SET actor = 'Otto' WHERE number = 1")
    status, said = command("audit", "--known", digest)
    assert status == 1 and "Entry 1 is not as it was written" in said and digest in said
