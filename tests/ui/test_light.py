"""The web process is light: it loads nothing that trains, and idles under 300 MB."""

import json
import subprocess
import sys

import pytest

PROBE = """
import json, sys
from fastapi.testclient import TestClient
sys.path.insert(0, {tests!r})
from stand_ins import CannedHost, StillSupervisor
from playground.ui.server import create_app
from playground.training.sft import SFT
from playground.ui.studio import Studio

run = SFT().prepare("pocket", [{{"prompt": "Hi", "completion": "Hello."}}])
with TestClient(create_app(Studio(StillSupervisor(), CannedHost), True), "http://localhost") as browser:
    assert browser.get("/").status_code == 200
    assert browser.get("/api/health").json()["status"] == "ok"
    assert "SFTTrainer" in browser.get(f"/api/runs/{{run.id}}/code").text
    status = open("/proc/self/status").read()
    kilobytes = int(status.split("VmRSS:")[1].split()[0])
    heavy = [m for m in ("torch", "trl", "transformers", "peft", "evaluate") if m in sys.modules]
    print(json.dumps([kilobytes / 1024, heavy]))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_web_process_is_light(home, request):
    code = PROBE.format(tests=str(request.path.parent))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    megabytes, heavy = json.loads(done.stdout.strip().splitlines()[-1])
    assert heavy == []
    assert megabytes < 300, f"{megabytes:.0f} MB"
