"""Many annotators at once against a real server: the benchmark, small."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def crowd(*options: str) -> str:
    command = [sys.executable, "-m", "benchmarks.annotators", "--annotators", "12", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_every_item_gets_exactly_its_votes_on_postgresql(postgres):
    told = crowd("--items", "12", "--votes", "3", "--think", "0", "--database", postgres)
    assert "on postgresql: 36 votes acknowledged, 36 stored, 0 lost" in told
    assert "faults: none" in told and "vote, server" in told


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_while_the_server_is_killed():
    told = crowd("--items", "400", "--think", "0", "--kills", "4")
    assert "4 kills" in told and "0 lost" in told and "faults: none" in told
