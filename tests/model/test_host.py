"""The chat process from outside."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from playground.errors import InputError, NotFoundError, UnavailableError
from playground.model.host import Host
from playground.model.load import Model, RewardModel
from playground.model.network import load_trainable, save_result
from playground.model.tuning.lora import LoRA

pytestmark = pytest.mark.slow
PROMPT = "What is the fee of the Harbor Bond?"


@pytest.fixture(scope="module")
def host():
    client = Host.start()
    yield client
    client.close()


@pytest.fixture(scope="module")
def reward(tiny_model_folder, tmp_path_factory):
    ready = load_trainable(tiny_model_folder, LoRA(rank=4), "SEQ_CLS")
    return save_result(ready.network, ready.tokenizer, tmp_path_factory.mktemp("reward") / "r", ready.base)


def gone(pid, seconds=5.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_it_answers_as_the_model_here_does(host, tiny_model_folder, reward):
    model = Model.load(tiny_model_folder)
    pieces = list(host.stream(tiny_model_folder, PROMPT, max_tokens=24))
    assert len(pieces) > 1 and "".join(pieces) == model.reply(PROMPT, max_tokens=24)
    raw = {"raw": True, "max_tokens": 8, "temperature": 1.0, "seed": 5}
    assert (
        "".join(host.stream(tiny_model_folder, PROMPT, **raw))
        == host.replies(tiny_model_folder, [PROMPT], **raw)[0]
    )
    pairs = [(PROMPT, "0.3 percent"), (PROMPT, "no")]
    assert host.score(reward, pairs) == pytest.approx(RewardModel.load(reward).score_many(pairs), abs=1e-5)
    row = {"prompt": [{"role": "user", "content": PROMPT}], "completion": "0.3 percent."}
    tokens = host.render(tiny_model_folder, row)
    assert "".join(text for text, loss in tokens if loss) == "0.3 percent.<|end|>"


def test_it_serves_several_at_once(host, tiny_model_folder):
    slow = host.stream(tiny_model_folder, PROMPT, max_tokens=100, temperature=2.0)
    next(slow)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda seed: host.replies(tiny_model_folder, [PROMPT], seed=seed), range(8)))
    assert len({reply[0] for reply in replies}) == 1
    assert "".join(slow)


def test_errors_come_back_as_themselves(host, tiny_model_folder):
    with pytest.raises(NotFoundError, match="no-such-model"):
        list(host.stream("no-such-model", PROMPT))
    with pytest.raises(InputError, match="Temperature"):
        host.replies(tiny_model_folder, [PROMPT], temperature=-1.0)
    with pytest.raises(UnavailableError, match="could not do that"):
        host.render(tiny_model_folder, {"prompt": PROMPT})
    assert host.replies(tiny_model_folder, [PROMPT])


def test_an_abandoned_stream_stops_writing(host, tiny_model_folder):
    stream = host.stream(tiny_model_folder, PROMPT, max_tokens=4000, temperature=3.0)
    next(stream)
    writing = psutil.Process(host.pid).num_threads()
    stream.close()
    end = time.monotonic() + 2
    while psutil.Process(host.pid).num_threads() >= writing and time.monotonic() < end:
        time.sleep(0.02)
    assert psutil.Process(host.pid).num_threads() < writing


def test_it_is_started_anew_when_it_dies(host, tiny_model_folder):
    for seed in range(5):  # on a busy machine an answer may be whole before the kill
        stream = host.stream(tiny_model_folder, PROMPT, max_tokens=4000, temperature=3.0, seed=seed)
        next(stream)
        pid = host.pid
        os.kill(pid, signal.SIGKILL)
        try:
            for _ in stream:
                pass
        except UnavailableError as error:
            assert "Ask again" in str(error)
            break
    else:
        pytest.fail("No answer was cut short by the kill")
    assert host.replies(tiny_model_folder, [PROMPT])
    assert host.pid != pid


def test_its_folder_is_private_and_its_owner_loads_no_torch(tmp_path):
    code = (
        "import sys, time; from playground.model.host import Host; h = Host.start()\n"
        "import stat, os; print(h.pid, oct(os.stat(h._host._folder).st_mode)[-3:], h._host._folder,\n"
        "  'torch' in sys.modules or 'transformers' in sys.modules, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        pid, mode, folder, heavy = owner.stdout.readline().split()
        assert (mode, heavy) == ("700", "False")
    finally:
        owner.kill()
        owner.wait()
    assert gone(int(pid)), "the chat process outlived its owner"
    assert not os.path.exists(folder)
