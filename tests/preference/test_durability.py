"""Pull the plug at any moment: every acknowledged vote is there, once."""

import random

import pytest

from playground.preference import proof
from playground.preference.assign import next_assignment, record_vote


@pytest.mark.slow
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_acknowledged_votes_survive_a_kill(url, campaign):
    identifier = campaign(prompts=3000)
    tally = proof.kill_annotators(url, identifier, 10, random.Random(0))
    assert tally.faults == []
    assert tally.kills == 10 and len(tally.acknowledged) >= 10


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_vote_that_is_not_there_is_told(url, engine, campaign):
    identifier = campaign(prompts=3)
    item = next_assignment(identifier, "anna", engine=engine)
    record_vote(item.id, "a-key-of-its-own", annotator="anna", choice="tie", engine=engine)
    assert proof.faults(url, identifier, {"a-key-of-its-own"}) == []
    assert proof.faults(url, identifier, {"a-key-of-its-own", "another"}) == [
        "vote another was acknowledged and lost"
    ]
