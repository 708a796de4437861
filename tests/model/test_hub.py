"""A Hub that does not answer is told in a sentence, whatever the client raises."""

import os
import socket
import subprocess
import sys

import pytest

ASKING = {
    "model": "from playground.model.source import find; find('somebody/something')",
    "adapter": "from pathlib import Path; from playground.model.hub import fetch; "
    "fetch('somebody/something', {'adapter_config.json': 9}, Path('.'))",
}
SCRIPT = """
from playground.errors import PlaygroundError
try:
    {}
except PlaygroundError as error:
    print(error)
"""


@pytest.mark.parametrize("what", ASKING)
def test_a_hub_that_refuses_the_connection(what, home):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: a connection is refused
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        more = {"HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "HF_HOME": str(home / "hub")}
        command = [sys.executable, "-c", SCRIPT.format(ASKING[what])]
        done = subprocess.run(command, env=os.environ | more, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "could not be fetched" in done.stdout and "Check the" in done.stdout
