"""A run as a job on Hugging Face's machines.

    job = submit(Run.load("sft-0001"), flavor="t4-small", timeout="1h")

What the run needs goes into a private repository of the person's: its data, the models it starts from where
they lie on this machine, and its script (see `eject`). The job downloads that, installs the libraries of the
run, executes the script and uploads the result into the same repository. Jobs cost money, by the minute.
"""

import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playground.errors import ForbiddenError, InputError, UnavailableError
from playground.model import source
from playground.run import eject

IMAGE = "python:3.11"
FLAVOR, TIMEOUT = "t4-small", "1h"
SCRIPT, RECIPE, RESULT = "script.py", "job.sh", "result"


@dataclass(frozen=True)
class Job:
    """A job as it was accepted."""

    id: str
    url: str
    """Where it can be watched and cancelled."""
    repository: str
    """The private repository that holds what it needs, and its result once it is done."""


def flavors() -> list[str]:
    """Names of the machines one can ask for."""
    from huggingface_hub import JobHardware

    return [one.value for one in JobHardware]


def build(run, folder: Path) -> Path:
    """Write everything that the job needs into `folder`: data, models, script and recipe.

    Raises NotFoundError where a model is gone, InputError where the run cannot be told as code.
    """
    spec, moved = run.spec, {run.folder.resolve(): "run"}
    shutil.copytree(run.folder / "inputs", folder / "run" / "inputs")
    for name, model in (("start", spec.model), ("reward", spec.reward)):
        if model is None:
            continue
        found = source.find(model)
        parts = [] if eject.on_hub(found.root) else [(name, found.root)]
        parts += [(f"{name}-adapter", found)] if found.base else []
        for place, part in parts:
            if part.folder not in moved:
                shutil.copytree(part.folder, folder / place)
                moved[part.folder] = place
    script = eject.code(run, told=lambda place: moved.get(place, str(place)))
    (folder / SCRIPT).write_text(script, encoding="utf-8")
    recipe = f"set -e\npip install --quiet {' '.join(eject.installed(spec))}\npython {SCRIPT}\n"
    (folder / RECIPE).write_text(recipe, encoding="utf-8")
    return folder


def command(repository: str, output: str) -> list[str]:
    """What the job executes: fetch, do, put the result beside what it came from."""
    steps = (
        "pip install --quiet huggingface_hub",
        f"hf download {repository} --local-dir /job",
        "cd /job",
        f"bash {RECIPE}",
        f"hf upload {repository} {output} {RESULT}",
    )
    return ["bash", "-c", " && ".join(steps)]


def submit(run, repository: str = "", flavor: str = FLAVOR, timeout: str = TIMEOUT) -> Job:
    """Upload what a run needs and start the job; `repository` defaults to one of the run's own.

    `timeout` is a number with a unit, such as 30m or 2h: the job is ended then, whatever it has done.
    Raises InputError for a flavor or timeout that there is not, ForbiddenError without a token,
    UnavailableError where Hugging Face refuses or does not answer.
    """
    import httpx2
    from huggingface_hub import HfApi, get_token
    from huggingface_hub.errors import HfHubHTTPError

    check(flavor, timeout)
    token = get_token()
    if not token:
        raise ForbiddenError(
            "There is no Hugging Face token on this machine",
            rule="A job runs in somebody's account",
            remedy="Run `hf auth login`, or set HF_TOKEN to a token that may write and start jobs",
        )
    api = HfApi(token=token)
    with tempfile.TemporaryDirectory() as folder:
        build(run, Path(folder))
        try:
            repository = repository or f"{api.whoami()['name']}/{_name(run)}"
            api.create_repo(repository, private=True, exist_ok=True)
            if not api.model_info(repository).private:
                raise ForbiddenError(
                    f"{repository} is open to everyone", rule="The data of a run goes nowhere public",
                    remedy="Name another repository, or make that one private",
                )
            about = f"What {run.id} needs to run as a job"
            api.upload_folder(repo_id=repository, folder_path=folder, commit_message=about)
            made = api.run_job(
                image=IMAGE, command=command(repository, f"{run.id}-again"), flavor=flavor, timeout=timeout,
                secrets={"HF_TOKEN": token}, labels={"run": run.id}, namespace=repository.partition("/")[0],
            )
        except ForbiddenError:
            raise
        except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
            reason = str(error).strip().split("\n")[0]
            raise UnavailableError(f"Hugging Face did not take the job: {reason}") from error
    return Job(made.id, made.url, repository)


def _name(run) -> str:
    """A repository's name for this run alone: every machine has an sft-0001."""
    digest = hashlib.sha256((run.folder / "run.json").read_bytes()).hexdigest()
    return f"playground-{run.id}-{digest[:8]}"


def check(flavor: str, timeout: str) -> None:
    """Raises InputError for a flavor or timeout that there is not."""
    if flavor not in flavors():
        raise InputError(f"The flavor is {flavor!r}", rule=f"It must be one of {', '.join(flavors())}")
    if not re.fullmatch(r"\d+(\.\d+)?[smhd]", timeout):
        raise InputError(
            f"The timeout is {timeout!r}", rule="It is a number with s, m, h or d for its unit",
            remedy=f"Write {TIMEOUT} for an hour",
        )
