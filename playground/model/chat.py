"""The chat process: answers requests with models it keeps open.

    python -m playground.model.chat ADDRESS < first line: the key, in hexadecimal

It listens on a local socket, serves each connection in a thread and leaves when its standard input
closes, that is, when the process that started it is gone. A request is (operation, arguments); the
answers are ("piece", text) any number of times, then ("done", value) or ("error", PlaygroundError).
"""

import os
import signal
import sys
import threading
import traceback
from multiprocessing.connection import Connection, Listener

from playground.errors import PlaygroundError, UnavailableError
from playground.model.load import as_messages
from playground.records import Example, Message

READY = "ready"


def main(address: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    outside = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    key = bytes.fromhex(sys.stdin.readline().strip())
    threading.Thread(target=_leave_with_parent, args=(address,), daemon=True).start()
    with Listener(address, "AF_UNIX", backlog=64, authkey=key) as listener:
        operations = _operations()
        print(READY, file=outside, flush=True)
        while True:
            try:
                connection = listener.accept()
            except (OSError, EOFError, ValueError):
                continue
            threading.Thread(target=_serve, args=(connection, operations), daemon=True).start()


def _operations() -> dict:
    """What is slow happens here, before we call ourselves ready: libraries, and the base if it is there."""
    import peft  # noqa: F401
    import torch

    from playground import settings
    from playground.dataset.render import render
    from playground.model import blend, delta
    from playground.model.swap import Shelf

    torch.set_num_threads(1)
    shelf = Shelf()
    if (settings.ASSETS / "pocket").is_dir():
        shelf.model("pocket").reply("Hello", max_tokens=1)
    return {
        "stream": lambda model, conversation, **how: shelf.model(model).stream(conversation, **how),
        "replies": lambda model, prompts, raw, **how: _replies(shelf.model(model), prompts, raw, how),
        "switch": shelf.switch,
        "together": shelf.together,
        "combine": blend.combine,
        "merge": blend.merge,
        "changes": delta.changes,
        "likelihoods": lambda model, pairs: shelf.model(model).log_likelihoods(pairs),
        "score": lambda reward, pairs: shelf.reward(reward).score_many(pairs),
        "contributions": lambda reward, prompt, texts: [
            shelf.reward(reward).contributions(prompt, text) for text in texts
        ],
        "judged": lambda reward, pairs: _judged(shelf.reward(reward), pairs),
        "render": lambda model, row: render(shelf.model(model), _example(row)),
    }


def _judged(reward, pairs: list) -> tuple[list[float], list[float] | None]:
    """Scores, and where several judge their standard deviations."""
    if hasattr(reward, "judged"):
        return reward.judged(pairs)
    return reward.score_many(pairs), None


def _example(row: dict) -> Example:
    prompt = tuple(Message(one["role"], one["content"]) for one in as_messages(row["prompt"]))
    return Example(prompt, row["completion"])


def _replies(model, prompts: list, raw: bool, how: dict) -> list[str]:
    return (model.complete_many if raw else model.reply_many)(prompts, **how)


def _serve(connection: Connection, operations: dict) -> None:
    with connection:
        try:
            operation, arguments = connection.recv()
            found = operations[operation](**arguments)
            if operation == "stream":
                for piece in found:
                    connection.send(("piece", piece))
                found = None
            connection.send(("done", found))
        except (BrokenPipeError, ConnectionResetError, EOFError):
            return
        except PlaygroundError as error:
            connection.send(("error", error))
        except Exception as error:
            traceback.print_exc()
            reason = f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"
            connection.send(("error", UnavailableError(f"The chat process could not do that: {reason}")))


def _leave_with_parent(address: str) -> None:
    sys.stdin.read()
    try:
        os.unlink(address)
        os.rmdir(os.path.dirname(address))
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
