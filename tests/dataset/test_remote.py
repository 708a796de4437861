"""Reading from the Hub, against a stand-in on this machine: what is there, its first rows, and every refusal.

The libraries read HF_ENDPOINT when they are imported, so the reading is done in one process of its own.
"""

import json
import os
import subprocess
import sys

import pytest

from playground.dataset import remote

if __package__:
    from .hub_stand_in import COMMIT, StandIn
else:
    sys.path.insert(0, os.path.dirname(__file__))
    from hub_stand_in import COMMIT, StandIn

TOKEN = "hf_canaryCanaryCanary"
CARD = b"""---
configs:
- config_name: english
  data_files: [{split: train, path: en/train*}, {split: test, path: en/test.jsonl}]
- config_name: german
  data_files: [{split: test, path: de/all.jsonl}]
dataset_info:
- config_name: english
  splits: [{name: train, num_examples: 40, num_bytes: 1}, {name: test, num_examples: 2, num_bytes: 1}]
- config_name: german
  splits: [{name: test, num_examples: 1, num_bytes: 1}]
---
"""
ROWS = [{"prompt": f"p{n}", "completion": f"c{n}"} for n in range(40)]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
REPOS = {
    "me/one": {"train.jsonl": LINES, "test.jsonl": LINES[:35]},
    "me/two": {
        "README.md": CARD,
        "en/train-1.jsonl": LINES,
        "en/test.jsonl": LINES,
        "de/all.jsonl": b"{\"prompt\": \"a\", \"completion\": \"b\"}\n",
    },
    "me/gated": {"train.jsonl": LINES},
    "me/script": {"README.md": b"# x", "script.py": b"raise SystemExit(3)"},
    "me/prose": {"README.md": b"# x"},
    "me/broken": {},
}
DESK = """
import json, sys
from playground.dataset import remote
from playground.dataset.table import Dataset
from playground.errors import PlaygroundError
for line in sys.stdin:
    call, given = json.loads(line)
    try:
        if call == "describe":
            said = remote.describe(**given)
        else:
            data = Dataset.load(given.pop("name"), **given)
            if call == "replay":
                data.save("kept")
                data = Dataset.replay("kept")
                assert data.parent.name == "kept"
            origin = data.origin
            said = [one.question for one in data], origin.config, origin.split, origin.revision, origin.kind
    except PlaygroundError as error:
        said = type(error).__name__, error.value, error.remedy, str(error)
    print(json.dumps(said), flush=True)
"""


@pytest.fixture(scope="module")
def server():
    return StandIn(REPOS, gated=["me/gated"], broken=["me/broken"])


@pytest.fixture(scope="module")
def reader(server, tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub")
    proxies = {name for name in os.environ if name.lower().endswith("_proxy")}
    environment = {name: value for name, value in os.environ.items() if name not in proxies} | {
        "HF_ENDPOINT": server.url, "HF_HOME": str(folder), "HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "0",
        "PLAYGROUND_HOME": str(folder / "home"),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    }  # fmt: skip
    with open(folder / "said.txt", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", DESK],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip

        def ask(call, **given):
            process.stdin.write(json.dumps([call, given]) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            assert answer, (folder / "said.txt").read_text()[-2000:]
            assert TOKEN not in answer + (folder / "said.txt").read_text()
            return json.loads(answer)

        yield ask
        process.stdin.close()
        process.wait(20)


def test_a_form_learns_what_there_is(reader):
    identifier, revision, configs, default, gated, licence = reader("describe", identifier="hub:me/two")
    assert (identifier, revision, default, gated, licence) == ("me/two", COMMIT, None, False, "mit")
    assert configs == [
        ["english", [["train", 40, len(LINES)], ["test", 2, len(LINES)]]],
        ["german", [["test", 1, 35]]],
    ]
    assert reader("describe", identifier="me/one")[2:4] == [
        [["default", [["train", None, len(LINES)], ["test", None, 35]]]],
        "default",
    ]


def test_the_first_rows_are_read_at_one_commit(reader):
    said = reader("load", name="me/one", limit=3)
    assert said == [["p0", "p1", "p2"], None, "train", COMMIT, "hub"]
    assert len(reader("load", name="me/one")[0]) == 40
    assert reader("load", name="me/two", config="english", split="test", limit=1)[:3] == [
        ["p0"], "english", "test",
    ]  # fmt: skip
    # The only split there is need not be named.
    assert reader("load", name="me/two", config="german")[:3] == [["a"], "german", "test"]


@pytest.mark.parametrize(
    "given, kind, said, remedy",
    [
        ({"name": "me/missing"}, "NotFoundError", "no Hub dataset me/missing, or it is private", "HF_TOKEN"),
        ({"name": "me/gated"}, "ForbiddenError", "is gated", "terms"),
        ({"name": "me/two"}, "DatasetError", "['english', 'german']", "config="),
        ({"name": "me/two", "config": "french"}, "DatasetError", "['english', 'german']", "config="),
        ({"name": "me/one", "split": "dev"}, "DatasetError", "'train', 'test'", "split="),
        ({"name": "me/one", "revision": "v9"}, "NotFoundError", "no such revision", "newest"),
        ({"name": "me/one", "limit": 0}, "DatasetError", "limit is 0", ""),
        ({"name": "me/script"}, "DatasetError", "script of its author", "Parquet"),
        ({"name": "me/prose"}, "DatasetError", "no data files", "files"),
        ({"name": "me/broken"}, "UnavailableError", "did not answer", "try again"),
    ],
)
def test_every_refusal_names_the_remedy(reader, given, kind, said, remedy):
    told = reader("load", **given)
    assert told[0] == kind and said in told[1] and remedy in told[2] and len(told[3]) < 600
    if not given.keys() & {"split", "config", "limit"} and given["name"] != "me/two":
        asked = {"identifier": given.pop("name"), **given}
        assert reader("describe", **asked)[:2] == told[:2]


def test_a_recipe_runs_again_on_what_the_hub_has_now(reader):
    said = reader("replay", name="me/two", config="english", split="test", limit=4, revision=COMMIT)
    assert said == [["p0", "p1", "p2", "p3"], "english", "test", COMMIT, "hub"]


def test_no_network_is_told():
    program = "from playground.dataset.table import Dataset; Dataset.load('me/one')"
    environment = os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "0"}
    for offline, said in (("0", "did not answer for me/one"), ("1", "switched off")):
        environment["HF_HUB_OFFLINE"] = offline
        done = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True
        )
        assert "UnavailableError" in done.stderr and said in done.stderr


def test_secrets_leave_no_message():
    error = ValueError(f"GET https://me:pass@host/x failed with Bearer abc.def and {TOKEN}")
    told = str(remote._as_ours("me/one", error))
    assert "pass" not in told and "abc.def" not in told and TOKEN not in told and "host" in told
