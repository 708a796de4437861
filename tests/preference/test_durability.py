"""Pull the plug at any moment: every acknowledged vote is there, once."""

import random
import signal
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from playground.preference.campaign import progress, vote_log
from playground.store.database import connect

# Votes without end. Says what it is about to send and what was acknowledged; begins by repeating
# the vote it was killed in, with the key it had, as a browser does.
ANNOTATOR = """
import sys, uuid
from playground.preference.assign import next_assignment, record_vote
from playground.store.database import connect

url, campaign, assignment, key = sys.argv[1:]
engine = connect(url)

def send(assignment, key):
    receipt = record_vote(assignment, key, annotator="anna", choice="tie", engine=engine)
    print("ack", key, receipt.receipt, flush=True)

if assignment:
    send(assignment, key)
while item := next_assignment(campaign, "anna", engine=engine):
    key = str(uuid.uuid4())
    print("try", item.id, key, flush=True)
    send(item.id, key)
"""


@pytest.mark.slow
def test_acknowledged_votes_survive_a_kill(url, engine, campaign):
    identifier = campaign(prompts=3000)
    chance = random.Random(0)
    acknowledged: dict[str, str] = {}
    pending = ("", "")
    for _ in range(10):
        command = [sys.executable, "-c", ANNOTATOR, url, identifier, *pending]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            lines = [process.stdout.readline()]  # it is up and voting
            time.sleep(chance.uniform(0.0, 0.15))
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.read().split("\n")
        for line in lines:
            match line.split():
                case ["try", assignment, key]:
                    pending = (assignment, key)
                case ["ack", key, receipt]:
                    assert acknowledged.setdefault(key, receipt) == receipt
                    if key == pending[1]:
                        pending = ("", "")
        _check(url, engine, identifier, acknowledged)
    assert len(acknowledged) >= 10


def _check(url, engine, identifier, acknowledged):
    log = vote_log(identifier, engine)
    stored = [entry["key"] for entry in log]
    assert set(acknowledged) <= set(stored)
    assert len(set(stored)) == len(stored) == len({entry["position"] for entry in log})
    assert len(set(stored) - set(acknowledged)) <= 1, "at most the vote in flight is unacknowledged"
    assert progress(identifier, engine=engine).votes == len(stored)
    with connect(url).connect() as connection:
        assert connection.execute(sa.text("PRAGMA integrity_check")).scalar() == "ok"
