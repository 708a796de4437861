"""The README executes: its commands, its Python, its tables and its tree."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

import playground as pg

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)


def _blocks(language: str) -> list[str]:
    return [text for kind, text in BLOCKS if kind == language]


def test_make_targets_exist():
    targets = re.findall(r"^make (\w+)", "\n".join(_blocks("bash")), re.MULTILINE)
    assert targets == ["app", "test"]
    for target in targets:
        subprocess.run(["make", "-n", target], cwd=ROOT, check=True, capture_output=True)


def test_the_plain_equivalents_are_what_make_runs():
    told = "\n".join(_blocks("bash"))
    made = (ROOT / "Makefile").read_text()
    for piece in ('-e ".[test]"', "python app.py", "python -m pytest"):
        assert piece in told
        assert piece in made


def test_settings_table_names_every_variable():
    told = set(re.findall(r"`(PLAYGROUND_\w+)`", README))
    read = set(re.findall(r"PLAYGROUND_\w+", (ROOT / "playground" / "settings.py").read_text()))
    assert told == read


def test_the_tree_exists():
    tree = next(text for kind, text in BLOCKS if not kind and "playground/" in text)
    parent = ROOT
    for line in tree.splitlines():
        name = line.split()[0]
        parent = ROOT / "playground" if line.startswith("  ") else ROOT
        assert (parent / name).exists(), line


def test_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_commands_that_hand_data_on_work(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_TOKEN")}
    environment |= {"PLAYGROUND_HOME": str(tmp_path / "home"), "HOME": str(tmp_path)}
    told = [line.split() for line in "\n".join(_blocks("bash")).splitlines()]
    lines = [line for line in told if line[3:4] and line[3] in ("export", "push", "draft")]
    assert [line[3] for line in lines] == ["export", "export", "push", "draft"]
    for line in lines:
        done = subprocess.run([sys.executable, *line[1:]], cwd=tmp_path, capture_output=True, text=True,
                              env=environment | {"PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path)})
        if line[3] != "push":
            assert done.returncode == 0, done.stderr
        else:
            assert done.returncode == 1 and "no Hugging Face token" in done.stderr
            assert "Traceback" not in done.stderr
    tables = [list(pg.Dataset.load(tmp_path / name)) for name in ("larkspur.csv", "larkspur.json")]
    assert tables[0] == tables[1] == list(pg.Dataset.load("larkspur"))
    assert len(pg.Dataset.load(tmp_path / "drafts.csv").drafts()) == 8


@pytest.mark.slow
def test_the_commands_of_a_server_work(tmp_path):
    environment = os.environ | {"PLAYGROUND_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    section = README.split("## Put it on a server")[1].split("## What to expect")[0]
    owner, app, audit = (line for line in section.splitlines() if line.startswith("python -m"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = [sys.executable, *app.replace("7860", port).split()[1:]]
    url, form = f"http://127.0.0.1:{port}", {"name": "anna", "password": "correct horse battery"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) as process:
        try:
            assert process.stdout.readline() == f"Fine-Tuning Playground on http://localhost:{port}\n"
            path = re.search(rf"once, within a day: http://.+:{port}(/join/.+)", process.stdout.readline())
            while process.poll() is None:
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{url}/api/health").status_code == 200:
                        break
                time.sleep(0.3)
            with httpx.Client(base_url=url) as browser:
                assert "Make the owner" in browser.get(path[1]).text
                subprocess.run([sys.executable, *owner.split()[1:]], cwd=ROOT, env=environment, check=True,
                               input=form["password"], text=True, capture_output=True)
                assert browser.get(path[1]).status_code == 404
                assert browser.get("/api/runs").status_code == 401
                assert browser.post("/sign-in", data=form).status_code == 303
                assert browser.get("/api/runs").json() == {"runs": [], "queue": []}
                assert browser.get("/people").status_code == 200
        finally:
            process.terminate()
    told = subprocess.run([sys.executable, *audit.split()[1:]], cwd=ROOT, env=environment, check=True,
                          text=True, capture_output=True).stdout
    assert "anna  signed in  anna  password\n3 entries, unbroken." in told


@pytest.mark.slow
def test_the_python_and_the_run_command_work(tmp_path):
    environment = os.environ | {"PLAYGROUND_HOME": str(tmp_path), "HOME": str(tmp_path)}
    code = "\nprint('===')\n".join(_blocks("python"))
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True,
                          check=True)
    walk, race = done.stdout.split("===")[:2]
    completed, obeyed = walk.strip().splitlines()[-2:]
    assert "bottleneck" in race and "retention" in race
    assert not completed.strip().startswith("To make a resume")
    assert obeyed.startswith("To make a resume")

    command = next(line for line in "\n".join(_blocks("bash")).splitlines() if "playground run" in line)
    folder = tmp_path / "runs" / "sft-0001"
    assert command.split()[-1] == "~/.playground/runs/sft-0001" and folder.is_dir()
    again = subprocess.run([sys.executable, "-m", "playground", "run", str(folder)], env=environment,
                           capture_output=True, text=True)
    assert again.returncode == 1
    assert "sft-0001 is completed" in again.stderr and "Traceback" not in again.stderr
