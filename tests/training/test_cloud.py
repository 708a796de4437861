"""A run as a job: what goes up, what is asked for, and that the job's own script does the run again."""

import base64
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from playground.errors import ForbiddenError, InputError, UnavailableError
from playground.run import cloud

OWNER = {"id": "1", "name": "ada", "type": "user"}


class Hub(ThreadingHTTPServer):
    """A small stand-in for Hugging Face: takes repositories, files and jobs, and remembers them."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Desk)
        self.files, self.repositories, self.jobs, self.tokens = {}, [], [], set()
        self.refuses = self.public = False


class _Desk(BaseHTTPRequestHandler):
    def log_message(self, *_given):
        pass

    def do_GET(self):
        about = {"id": "ada/x", "private": not self.server.public}
        self._answer({"name": "ada", "type": "user"} if "whoami" in self.path else about)

    def do_POST(self):
        hub, body = self.server, self.rfile.read(int(self.headers.get("content-length", 0)))
        hub.tokens.add(self.headers["authorization"])
        if "/preupload/" in self.path:
            asked = json.loads(body)["files"]
            files = [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False} for one in asked]
            return self._answer({"files": files})
        if "/commit/" in self.path:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    hub.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            commit = f"{hub.url}/ada/x/commit/0"
            return self._answer({"commitUrl": commit, "commitOid": "0" * 40, "hookOutput": ""})
        if "/repos/create" in self.path:
            hub.repositories.append(json.loads(body))
            return self._answer({"url": f"{hub.url}/ada/x", "name": "ada/x", "id": "ada/x"})
        if hub.refuses:
            return self._answer({"error": "Pre-paid credit is missing"}, 402)
        hub.jobs.append((self.path, json.loads(body)))
        return self._answer({"id": "j1", "status": {"stage": "RUNNING"}, "owner": OWNER})

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
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.url)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.get_token", lambda: "hf_secret")
    yield server
    server.shutdown()


def test_a_run_goes_up_and_its_script_does_it_again_there(hub, lora_run, tmp_path):
    job = cloud.submit(lora_run, flavor="cpu-basic", timeout="90m")
    assert job.id == "j1" and "j1" in job.url
    assert job.repository.startswith(f"ada/playground-{lora_run.id}-")
    [repository], [(path, asked)] = hub.repositories, hub.jobs
    assert repository["visibility"] == "private"
    assert path == "/api/jobs/ada" and asked["flavor"] == "cpu-basic" and asked["timeoutSeconds"] == 5400
    assert asked["secrets"] == {"HF_TOKEN": "hf_secret"} and hub.tokens == {"Bearer hf_secret"}
    assert asked["labels"]["run"] == lora_run.id and asked["dockerImage"] == "python:3.11"
    line = asked["command"][2]
    assert f"hf download {job.repository} --local-dir /job" in line
    assert f"hf upload {job.repository} {lora_run.id}-again result" in line
    assert not any("hf_secret" in text for text in asked["command"])
    for name, content in hub.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert "trl==" in (tmp_path / cloud.RECIPE).read_text()
    done = subprocess.run([sys.executable, cloud.SCRIPT], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    again = tmp_path / f"{lora_run.id}-again"
    history = json.loads((again / "trainer_state.json").read_text())["log_history"]
    curve = lora_run.metrics.query("name == 'loss'")
    losses = [row["loss"] for row in history if "loss" in row]
    assert losses == pytest.approx(curve.value.tolist(), rel=1e-5)
    assert (again / "adapter_model.safetensors").is_file()


def test_every_model_that_lies_here_goes_along(full_run, lora_run, reward_run, pairs, tmp_path):
    from playground.training.ppo import PPO

    prompts = [pair["prompt"] for pair in pairs]
    run = PPO(updates=1, rollout=8).prepare(lora_run.model, prompts, reward=reward_run.model)
    folder = cloud.build(run, tmp_path / "job")
    names = {"run", "start", "start-adapter", "reward", cloud.SCRIPT, cloud.RECIPE}
    assert {path.name for path in folder.iterdir()} == names
    text = (folder / cloud.SCRIPT).read_text()
    assert 'MODEL = "start"' in text and 'REWARD = "reward"' in text and 'RUN = Path("run")' in text
    assert str(lora_run.folder) not in text


def test_nothing_goes_into_a_public_repository(hub, lora_run):
    hub.public = True
    with pytest.raises(ForbiddenError, match="ada/open is open to everyone"):
        cloud.submit(lora_run, "ada/open")
    assert not hub.files and not hub.jobs


def test_a_repository_that_is_no_name_is_told(hub, lora_run):
    with pytest.raises(UnavailableError, match=r"did not take the job.*my things"):
        cloud.submit(lora_run, "ada/my things")


def test_a_refusal_is_told(hub, lora_run):
    hub.refuses = True
    with pytest.raises(UnavailableError, match="Hugging Face did not take the job"):
        cloud.submit(lora_run)
    hub.server_close()
    with pytest.raises(UnavailableError, match="Hugging Face did not take the job"):
        cloud.submit(lora_run)


def test_a_person_without_a_token_is_told_what_to_do(monkeypatch, lora_run):
    monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
    with pytest.raises(ForbiddenError, match="hf auth login"):
        cloud.submit(lora_run)


@pytest.mark.parametrize(("asked", "words"), [
    ({"flavor": "toaster"}, r"The flavor is 'toaster'.*t4-small"),
    ({"timeout": "soon"}, "The timeout is 'soon'"), ({"timeout": "60"}, "with s, m, h or d"),
])  # fmt: skip
def test_what_cannot_be_asked_for_is_refused(lora_run, asked, words):
    with pytest.raises(InputError, match=words):
        cloud.submit(lora_run, **asked)
