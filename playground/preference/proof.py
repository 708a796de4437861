"""Kill annotators in the middle of voting, and count: every acknowledged vote is there, once.

    python -m playground.preference.proof URL CAMPAIGN [ASSIGNMENT KEY]

votes without end. It says what it is about to send and what was acknowledged, and begins by repeating
the vote that its predecessor was killed in, under the key it had, as a browser does.
"""

import random
import signal
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field

import sqlalchemy as sa

from playground.preference import assign
from playground.preference.campaign import progress, vote_log
from playground.store.database import connect

ANNOTATOR = "anna"


@dataclass
class Tally:
    """What was promised and what is stored."""

    kills: int = 0
    acknowledged: dict[str, str] = field(default_factory=dict)
    """Receipt by key."""
    faults: list[str] = field(default_factory=list)


def kill_annotators(url: str, campaign: str, times: int, chance: random.Random) -> Tally:
    """Start and SIGKILL an annotator `times` over, checking the votes after each."""
    tally, pending = Tally(), ("", "")
    for _ in range(times):
        command = [sys.executable, "-m", __name__, url, campaign, *pending]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            lines = [process.stdout.readline()]  # it is up and voting
            time.sleep(chance.uniform(0.0, 0.15))
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.read().split("\n")
        tally.kills += process.returncode == -signal.SIGKILL
        for line in lines:
            match line.split():
                case ["try", assignment, key]:
                    pending = (assignment, key)
                case ["ack", key, receipt]:
                    if tally.acknowledged.setdefault(key, receipt) != receipt:
                        tally.faults.append(f"vote {key} was acknowledged twice, with two receipts")
                    if key == pending[1]:
                        pending = ("", "")
        tally.faults += faults(url, campaign, set(tally.acknowledged))
    return tally


def faults(url: str, campaign: str, acknowledged: set[str]) -> list[str]:
    """What is wrong with the stored votes: lost, stored twice, or stored without having been cast."""
    engine = connect(url)
    log = vote_log(campaign, engine)
    stored = [entry["key"] for entry in log]
    found = [f"vote {key} was acknowledged and lost" for key in sorted(acknowledged - set(stored))]
    if not len(set(stored)) == len(stored) == len({entry["position"] for entry in log}):
        found.append("a vote is stored twice")
    if len(set(stored) - acknowledged) > 1:
        found.append("more votes are unacknowledged than the one in flight")
    if progress(campaign, engine=engine).votes != len(stored):
        found.append("the count of votes differs from the votes")
    with engine.connect() as connection:
        if connection.execute(sa.text("PRAGMA integrity_check")).scalar() != "ok":
            found.append("the database is damaged")
    engine.dispose()
    return found


def vote(url: str, campaign: str, assignment: str = "", key: str = "") -> None:
    engine = connect(url)

    def send(assignment: str, key: str) -> None:
        receipt = assign.record_vote(assignment, key, annotator=ANNOTATOR, choice="tie", engine=engine)
        print("ack", key, receipt.receipt, flush=True)

    if assignment:
        send(assignment, key)
    while item := assign.next_assignment(campaign, ANNOTATOR, engine=engine):
        key = str(uuid.uuid4())
        print("try", item.id, key, flush=True)
        send(item.id, key)


if __name__ == "__main__":
    vote(*sys.argv[1:])
