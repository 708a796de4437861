"""The command line: a thin layer over the same functions the app and the notebooks call."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from playground import settings
from playground.errors import PlaygroundError

MAX_PORT = 65_535

Preferences = Annotated[bool, typer.Option("--preferences", help="The data are judgements.")]

cli = typer.Typer(
    name="playground", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Fine-Tuning Playground: see, do and understand fine-tuning.",
)


@cli.command()
def app(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on (else GRADIO_SERVER_NAME, else 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=MAX_PORT, help="Port to listen on (else GRADIO_SERVER_PORT, else 7860)."),
    ] = None,
) -> None:
    """Start the web app."""
    if port is None:
        port = settings.whole_number("GRADIO_SERVER_PORT", 7860, low=0, high=MAX_PORT)
    host = host or os.environ.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    settings.prepare_home()
    from playground.ui.server import serve

    serve(host, port)


@cli.command()
def run(folder: Annotated[Path, typer.Argument(help="A run folder, the one that holds run.json.")]) -> None:
    """Execute one run, whoever prepared it; one that ended early goes on from its newest checkpoint."""
    from playground.run.job import Run
    from playground.training import ranks
    from playground.training.execute import execute

    # Before the processes of a shared run find each other, so that all see it queued.
    if ranks.first() and (found := Run(folder)).resumable:
        found.reopen()
    execute(folder)


@cli.command()
def eject(
    run: Annotated[str, typer.Argument(help="A run by its id, such as sft-0001, or its folder.")],
    notebook: Annotated[bool, typer.Option("--notebook", help="As one notebook cell instead.")] = False,
) -> None:
    """Print a run as a standalone script that does it again with TRL and PEFT alone."""
    from playground.run.job import Run

    typer.echo(Run.load(run).to_code(notebook), nl=False)


@cli.command()
def job(
    run: Annotated[str, typer.Argument(help="A run by its id, such as sft-0001, or its folder.")],
    flavor: Annotated[str, typer.Option(help="The machine, such as cpu-basic or a10g-small.")] = "t4-small",
    timeout: Annotated[str, typer.Option(help="When it is ended: a number with s, m, h or d.")] = "1h",
    repository: Annotated[str, typer.Option(help="Private repository for what it needs and makes.")] = "",
) -> None:
    """Do a run again as a job on Hugging Face's machines, which cost money by the minute."""
    from playground.run import cloud
    from playground.run.job import Run

    made = cloud.submit(Run.load(run), repository, flavor, timeout)
    typer.echo(f"Job {made.id} has begun: {made.url}\nIts result will be in {made.repository}, under result.")


@cli.command()
def export(
    data: Annotated[str, typer.Argument(help="A dataset by its name, file, folder or Hub id.")],
    to: Annotated[Path, typer.Option(help="The file: .jsonl, .parquet, .csv; .json for a tool.")],
    tool: Annotated[str | None, typer.Option(help="Write for argilla or label-studio.")] = None,
    preferences: Preferences = False,
) -> None:
    """Write a dataset, or the judgements of a campaign, to a file for other programs."""
    records = _load(data, preferences)
    typer.echo(f"{len(records):,} rows are in {records.export(to, tool=tool)}")


@cli.command()
def push(
    data: Annotated[str, typer.Argument(help="A dataset by its name, file or folder.")],
    repository: Annotated[str, typer.Argument(help="Where to, such as owner/name.")],
    public: Annotated[bool, typer.Option("--public", help="For everyone to see.")] = False,
    license: Annotated[str, typer.Option(help="The license of the data, such as cc-by-4.0.")] = "",
    split: Annotated[bool, typer.Option("--split", help="As train, validation and test.")] = False,
    preferences: Preferences = False,
) -> None:
    """Put a dataset on the Hugging Face Hub, with a card; nobody else sees it unless it is public."""
    records = _load(data, preferences)
    parts = records.split(seed=0) if split else None
    typer.echo(records.push(repository, private=not public, license=license, parts=parts))


@cli.command()
def draft(
    data: Annotated[str, typer.Argument(help="A dataset whose examples are seeds, or a document.")],
    to: Annotated[Path, typer.Option(help="The file for the drafts: .jsonl, .parquet or .csv.")],
    model: Annotated[str, typer.Option(help="A model by name, run or folder.")] = "pocket",
    count: Annotated[int, typer.Option(min=1, help="Drafts to make after seeds.")] = 20,
    document: Annotated[bool, typer.Option("--document", help="The data are a document.")] = False,
    seed: Annotated[int, typer.Option(help="Where the draws start.")] = 0,
) -> None:
    """Have a model draft examples for people to approve: none is learned while it is tagged `draft`."""
    from playground.dataset.table import Dataset
    from playground.preference.draft import draft_examples, draft_from_document

    if document:
        grown = draft_from_document(model, data, seed=seed)
    else:
        grown = draft_examples(model, Dataset.load(data), count, seed=seed)
    typer.echo("\n".join(one.message for one in grown.findings if one.row == 0))
    drafts = grown.drafts()
    typer.echo(f"{len(drafts):,} drafts are in {drafts.export(to)}")


def _load(name: str, preferences: bool):
    from playground.dataset.table import Dataset
    from playground.preference import collect

    return collect.Preferences.load(name) if preferences else Dataset.load(name)


@cli.command()
def pretrain(
    out: Annotated[Path, typer.Argument(help="Where to write the model.")] = Path("scratch/pocket"),
    seed: Annotated[int, typer.Option(help="Seed of corpus, weights and batches.")] = 0,
    steps: Annotated[int | None, typer.Option(help="Fewer steps, for a quicker and weaker base.")] = None,
) -> None:
    """Write the small-world corpus and pre-train `pocket` on it; run again to go on after an interruption."""
    from playground.training.pretrain import Pretraining, pretrain

    pretrain(Pretraining(seed=seed, **({"steps": steps} if steps else {})), out)


@cli.command()
def question(
    run: Annotated[str, typer.Argument(help="A reward run by its id, such as reward-0001, or its folder.")],
) -> None:
    """Ask a reward model about its held-out pairs: how right, how sure, how biased, good enough or not."""
    from playground.training.question import question

    typer.echo(repr(question(run)))


@cli.command()
def owner(name: Annotated[str, typer.Argument(help="The name to sign in with.")]) -> None:
    """Make an account that owns the app, or give one a new password; then everybody signs in."""
    from playground.store import accounts

    accounts.make_owner(name, _password(), by="command line")
    typer.echo(f"{name} owns this playground. Sign in at /sign-in.")


def _password() -> str:
    """Typed twice on a terminal, else the first line of the input."""
    if sys.stdin.isatty():
        return typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return sys.stdin.readline().rstrip("\n")


@cli.command()
def audit(
    known: Annotated[list[str] | None, typer.Option(help="A last digest that was noted down before.")] = None,
) -> None:
    """Print who did what and what was refused, and check that nothing of it was changed."""
    from playground.store import audit as trail

    for one in trail.entries():
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(one.at))
        told = (f"{one.number:>6}", at, one.actor, one.action, one.subject, one.detail)
        typer.echo("  ".join(filter(None, told)))
    verdict = trail.verify(known or [])
    typer.echo(f"{verdict.entries:,} entries, {'; '.join(verdict.faults) or 'unbroken'}.")
    typer.echo(f"Last digest: {verdict.digest}")
    if verdict.faults:
        sys.exit(1)


@cli.command()
def verify(
    kills: Annotated[int, typer.Option(min=1, help="Kills for each stage, at least.")] = 4,
    seed: Annotated[int | None, typer.Option(help="Repeat the kills of a former call.")] = None,
) -> None:
    """Prove on this machine that kills change no result and lose no vote; takes a minute or two."""
    from playground.training import verify

    typer.echo(f"{'':14}{'kills':>6}  {'compared':14}{'seconds':>8}  result")
    held = True
    for one in verify.verify(kills, seed):
        result = "; ".join(one.faults[:3]) or ("nothing lost" if one.what == "votes" else "identical")
        typer.echo(f"{one.what:14}{one.kills:>6}  {one.compared:14}{one.seconds:>8.1f}  {result}")
        held = held and not one.faults
    if not held:
        sys.exit(1)


def main(arguments: list[str] | None = None) -> None:
    try:
        cli(arguments)
    except PlaygroundError as error:
        typer.echo(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
