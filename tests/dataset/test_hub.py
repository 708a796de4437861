"""A dataset goes to the Hub, here a small stand-in for it: what arrives, its card, and every refusal."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import datasets
import pytest
import yaml
from typer.testing import CliRunner

from playground.__main__ import cli
from playground.dataset import hub as module
from playground.dataset.repair import Repair
from playground.dataset.table import Dataset
from playground.errors import ConflictError, ForbiddenError, InputError, UnavailableError
from playground.preference.collect import Preferences
from playground.records import Comparison

OURS = {"tags": ["fine-tuning-playground"], "license": "mit"}


class Hub(ThreadingHTTPServer):
    """Takes dataset repositories and their files, and remembers them."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Desk)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.files, self.made, self.deleted, self.tokens, self.refuses = {}, [], [], set(), None
        self.about = {"id": "ada/mine", "private": True, "siblings": [], "cardData": {}}
        self.exists = False


class _Desk(BaseHTTPRequestHandler):
    def log_message(self, *_given):
        pass

    def do_GET(self):
        if "/tree/" in self.path:
            held = [one["rfilename"] for one in self.server.about["siblings"]]
            return self._answer([{"type": "file", "path": p, "size": 1, "oid": "0" * 40} for p in held])
        self._answer({"name": "ada", "type": "user"} if "whoami" in self.path else self.server.about)

    def do_POST(self):
        hub, body = self.server, self.rfile.read(int(self.headers.get("content-length", 0)))
        hub.tokens.add(self.headers["authorization"])
        if hub.refuses:
            return self._answer({"error": "Not for you"}, hub.refuses)
        if "/repos/create" in self.path:
            hub.made.append(json.loads(body))
            url = {"url": f"{hub.url}/datasets/ada/mine", "name": "ada/mine", "id": "ada/mine"}
            return self._answer(url, 409 if hub.exists else 200)
        if "/validate-yaml" in self.path:
            yaml.safe_load(json.loads(body)["content"].split("\n---\n")[0])
            return self._answer({"errors": [], "warnings": []})
        if "/preupload/" in self.path:
            asked = json.loads(body)["files"]
            files = [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False} for one in asked]
            return self._answer({"files": files})
        for line in map(json.loads, body.splitlines()):
            if line["key"] == "file":
                hub.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            if line["key"] == "deletedFile":
                hub.deleted.append(line["value"]["path"])
        commit = f"{hub.url}/datasets/ada/mine/commit/0"
        self._answer({"commitUrl": commit, "commitOid": "0" * 40, "hookOutput": ""})

    def _answer(self, found, status=200):
        text = json.dumps(found).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def hub(monkeypatch):
    server = Hub()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "hf_secret")
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def data():
    rows = [{"prompt": f"question {n}", "completion": f"answer {n}", "tags": ["t"]} for n in range(40)]
    rows.append({"prompt": "Whom do I write to?", "completion": "To a@b.org, of course."})
    return Dataset.load(rows).clean().repair(Repair("personal data", "redact"))


def test_parts_and_card_arrive_and_are_read_as_a_hub_dataset(hub, data, tmp_path):
    parts = data.split(0.5, 0.25)
    assert data.push("ada/mine", license="cc-by-4.0", parts=parts) == f"{hub.url}/datasets/ada/mine"
    [made] = hub.made
    assert made["name"] == "mine" and made["type"] == "dataset" and "private" in str(made)
    assert hub.tokens == {"Bearer hf_secret"}
    for name, content in hub.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    table = datasets.load_dataset(str(tmp_path), cache_dir=str(tmp_path / "cache"))
    assert {name: list(Dataset.load(list(rows))) for name, rows in table.items()} == {
        name: list(rows) for name, rows in parts._asdict().items()}  # fmt: skip


def test_the_card_tells_what_is_in_it_and_what_was_done(hub, data):
    data.push("mine", license="cc-by-4.0", parts=data.split(0.5, 0.25))
    card = hub.files["README.md"].decode()
    about = yaml.safe_load(card.split("\n---\n")[0])
    assert about["license"] == "cc-by-4.0" and about["size_categories"] == ["n<1K"]
    splits = {one["name"]: one["num_examples"] for one in about["dataset_info"]["splits"]}
    assert sum(splits.values()) == 41 and f"| validation | {splits['validation']} |" in card
    assert [one["name"] for one in about["dataset_info"]["features"]] == ["prompt", "completion", "tags"]
    assert "2. personal data: write [EMAIL], [PHONE]" in card
    assert "| personal data | repaired | 1 |" in card and "It was read as prompt-completion" in card
    data[:1].push("mine")
    assert "license" not in yaml.safe_load(hub.files["README.md"].decode().split("\n---\n")[0])
    assert "Not chosen yet" in hub.files["README.md"].decode()


def test_a_card_holds_no_text_that_was_taken_out_again(tmp_path):
    rows = [{"prompt": f"question {n}", "completion": f"answer {n}"} for n in range(3)]
    data = Dataset.load(rows).edit(2, "completion", "Write to jane.roe@example.com now.")
    data = data.add({"prompt": "And who else?", "completion": "john.doe@example.org does."}).clean()
    data = data.repair(Repair("personal data", "redact"))
    data = data.draft(lambda asked: ["Question: What is secret?\nAnswer: The cellar is."] * len(asked), 1)
    module.build(data.reject(), tmp_path, {"train": data.reject()})
    card = (tmp_path / "README.md").read_text()
    assert "1. Row 2: completion changed by hand\n2. Row -1 added by hand\n3. Cleaned" in card
    assert "example.com" not in card and "example.org" not in card and "cellar" not in card


def test_a_card_cannot_be_written_by_a_name(hub):
    data = Dataset(Dataset.load([{"prompt": "a", "completion": "b"}]), name='x"\n---\n# <b>y</b>')
    data.push("mine")
    card = hub.files["README.md"].decode()
    about = yaml.safe_load(card.split("\n---\n")[0])
    assert about["pretty_name"] and "<b>" not in card.split("\n---\n", 1)[1].replace("\\<b", "")
    assert card.count("\n---\n") == 1


def test_judgements_go_to_the_hub(hub):
    judged = Preferences([Comparison("q", "x", "y", "first", "simulated:courteous")], name="votes")
    judged.push("ada/votes", private=False)
    about = yaml.safe_load(hub.files["README.md"].decode().split("\n---\n")[0])
    assert about["tags"] == ["fine-tuning-playground", "preference"]


def test_a_repository_of_ours_is_brought_up_to_date(hub, data):
    hub.exists = True
    held = ["README.md", "data/train.parquet", "data/test.parquet"]
    hub.about |= {"cardData": OURS, "siblings": [{"rfilename": name} for name in held]}
    data.push("mine")
    assert hub.deleted == ["data/test.parquet"]
    assert yaml.safe_load(hub.files["README.md"].decode().split("\n---\n")[0])["license"] == "mit"


def test_what_is_somebody_elses_or_open_is_left_alone(hub, data):
    hub.exists = True
    hub.about |= {"siblings": [{"rfilename": "data.csv"}]}
    with pytest.raises(ConflictError, match="ada/mine is on the Hub already and holds something else"):
        data.push("ada/mine")
    hub.about |= {"cardData": OURS, "private": False}
    with pytest.raises(ForbiddenError, match="ada/mine is open to everyone"):
        data.push("ada/mine")
    assert not hub.files
    data.push("ada/mine", private=False)
    assert "data/train.parquet" in hub.files


def test_a_person_without_a_token_is_told_what_to_do(hub, data, monkeypatch):
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    with pytest.raises(ForbiddenError, match=r"no Hugging Face token.*hf auth login"):
        data.push("ada/mine")
    data.push("ada/mine", token="hf_given")
    assert hub.tokens == {"Bearer hf_given"}


@pytest.mark.parametrize("name", ["my things", "a/b/c", "..", "-x/y", "ada/" + "x" * 97])
def test_a_name_that_is_none_is_refused(hub, data, name):
    with pytest.raises(InputError, match=r"The Hub refused the name.*Choose another name"):
        data.push(name)
    assert not hub.made and not hub.files


@pytest.mark.parametrize(("status", "error"), [
    (400, InputError), (401, ForbiddenError), (403, ForbiddenError), (500, UnavailableError),
])  # fmt: skip
def test_a_refusal_is_told(hub, data, status, error):
    hub.refuses = status
    with pytest.raises(error, match="ada/mine") as caught:
        data.push("ada/mine")
    assert caught.value.remedy and "hf_secret" not in str(caught.value)


def test_a_hub_that_does_not_answer_is_told(hub, data, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match=r"The Hub did not take ada/mine.*export a file"):
        data.push("ada/mine")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UnavailableError, match="The Hub did not take ada/mine"):
        data.push("ada/mine")


def test_parts_are_splits_and_hold_something(hub, data):
    with pytest.raises(InputError, match="The parts are no splits"):
        data.push("mine", parts=[data])
    with pytest.raises(InputError, match="nothing to push"):
        Dataset([]).push("mine")


def test_parts_have_one_schema_even_if_one_has_prompts_alone(tmp_path):
    mixed = Dataset.load([{"prompt": "a", "completion": "b"}, {"prompt": "c", "completion": ""}])
    module.build(mixed, tmp_path, {"train": mixed[:1], "test": mixed[1:]})
    table = datasets.load_dataset(str(tmp_path), cache_dir=str(tmp_path / "cache"))
    assert table["test"][0]["completion"] == ""


def test_the_command_pushes(hub, home, data):
    data.save("mine")
    done = CliRunner().invoke(cli, ["push", "mine", "ada/mine", "--split", "--license", "mit"])
    assert done.exit_code == 0 and done.output.strip() == f"{hub.url}/datasets/ada/mine"
    assert {"data/train.parquet", "data/test.parquet"} <= hub.files.keys()
