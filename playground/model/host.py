"""The chat process seen from outside: started, asked, restarted. Nothing here loads torch.

host = Host.start()
for piece in host.stream("sft-0001", "What does the Cedar Fund cost?"):
    ...
"""

import atexit
import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing.connection import Client, Connection
from pathlib import Path

from playground.errors import UnavailableError
from playground.model.chat import READY
from playground.model.delta import Change


class Host:
    """The chat process as its owner sees it: one at a time, started anew when it has died."""

    def __init__(self):
        self._process: subprocess.Popen | None = None
        self._folder: Path | None = None
        self._key = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._closed = False

    @classmethod
    def start(cls) -> "HostClient":
        """Start the process and wait until it answers (seconds: it imports torch).

        It ends with this process, however that ends. Raises UnavailableError where it cannot start.
        """
        host = cls()
        host.ensure()
        atexit.register(host.close)
        return HostClient(host)

    @property
    def pid(self) -> int | None:
        """The process's id while it lives."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def connect(self) -> Connection:
        """A connection for one request; the process is started anew if it has died."""
        for _ in range(2):
            self.ensure()
            try:
                return Client(str(self._folder / "socket"), "AF_UNIX", authkey=self._key)
            except (OSError, EOFError):  # a dying process refuses before it is seen to be dead
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(timeout=2)
        raise UnavailableError("The chat process does not answer", remedy="Try again in a moment")

    def ensure(self) -> None:
        with self._lock:
            if self._closed:
                raise UnavailableError("The chat process was closed", remedy="Start it with Host.start()")
            if self.pid is None:
                self._launch()

    def close(self) -> None:
        """End the process. Closing twice is fine."""
        with self._lock:
            self._closed = True
            if self._process:
                self._process.kill()
                self._process.wait()
                self._process.stdin.close()
                self._process.stdout.close()
            if self._folder:
                shutil.rmtree(self._folder, ignore_errors=True)

    def _launch(self) -> None:
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._folder = Path(tempfile.mkdtemp(prefix="playground-chat-"))
        root = str(Path(__file__).resolve().parents[2])
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
            "TOKENIZERS_PARALLELISM": "false",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "playground.model.chat", str(self._folder / "socket")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        try:
            self._process.stdin.write(self._key.hex() + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        if answer != READY:
            self._process.kill()
            code = self._process.wait()
            raise UnavailableError(
                f"The chat process did not start (exit status {code})",
                remedy="The terminal that runs the app shows why",
            )


class HostClient:
    """Ask the chat process. Safe to use from many threads; each request has its own connection.

    Models are named as in `Model.load`. What goes wrong there is raised here as the same
    PlaygroundError; a process that died in the middle of an answer is an UnavailableError, and the
    next request starts it anew.
    """

    def __init__(self, host: Host):
        self._host = host

    @property
    def pid(self) -> int | None:
        """The id of the chat process while it lives."""
        return self._host.pid

    def stream(self, model: str, conversation, raw: bool = False, **generation) -> Iterator[str]:
        """`Model.stream` there. Writing stops when the iterator is closed."""
        return self._ask("stream", model=str(model), conversation=conversation, raw=raw, **generation)

    def replies(self, model: str, prompts: Sequence, raw: bool = False, **generation) -> list[str]:
        """`Model.reply_many` there, or `complete_many` with `raw`."""
        return self._value("replies", model=str(model), prompts=list(prompts), raw=raw, **generation)

    def switch(self, model: str) -> dict:
        """Have a model stand ready: `seconds` it took there, and how many adapters are `loaded` beside it."""
        return self._value("switch", name=str(model))

    def together(self, requests: Sequence[tuple], raw: bool = False, **generation) -> list[str]:
        """`Shelf.together` there: (model, conversation) requests answered in one batch."""
        return self._value("together", requests=list(requests), raw=raw, **generation)

    def combine(self, weights: Mapping[str, float], way: str, name: str = "") -> str:
        """`blend.combine` there."""
        return self._value("combine", weights=dict(weights), way=way, name=name)

    def merge(self, model: str, into: str = "") -> str:
        """`blend.merge` there."""
        return self._value("merge", name=str(model), into=into)

    def changes(self, model: str, base: str = "") -> list[Change]:
        """`delta.changes` there."""
        return self._value("changes", name=str(model), base=str(base))
    def likelihoods(self, model: str, pairs: Sequence[tuple[Sequence, str]]) -> list[float]:
        """`Model.log_likelihoods` there."""
        return self._value("likelihoods", model=str(model), pairs=list(pairs))

    def score(self, reward: str, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """`RewardModel.score_many` there."""
        return self._value("score", reward=str(reward), pairs=list(pairs))

    def judged(self, reward: str, pairs: Sequence[tuple[str, str]]) -> tuple[list[float], list[float] | None]:
        """Scores of a reward model there; of an ensemble the means, and the standard deviations."""
        return self._value("judged", reward=str(reward), pairs=list(pairs))

    def contributions(self, reward: str, prompt: str, texts: Sequence[str]) -> list:
        """`RewardModel.contributions` there, of several answers to one prompt."""
        return self._value("contributions", reward=str(reward), prompt=prompt, texts=list(texts))

    def render(self, model: str, row: dict) -> list[tuple[str, bool]]:
        """`dataset.render.render` there, of an example row {"prompt": …, "completion": …}."""
        return self._value("render", model=str(model), row=row)

    def close(self) -> None:
        self._host.close()

    def _value(self, operation: str, **arguments):
        answers = self._ask(operation, **arguments)
        while True:
            try:
                next(answers)
            except StopIteration as stop:
                return stop.value

    def _ask(self, operation: str, **arguments):
        with self._host.connect() as connection:
            try:
                connection.send((operation, arguments))
                while True:
                    kind, value = connection.recv()
                    if kind == "error":
                        raise value
                    if kind == "done":
                        return value
                    yield value
            except (EOFError, ConnectionError) as error:
                raise UnavailableError(
                    "The chat process ended before it had answered", remedy="Ask again: it is started anew"
                ) from error
