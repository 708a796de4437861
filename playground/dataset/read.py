"""Rows of a source as examples, by their format or by a mapping."""

from typing import NamedTuple

from playground.dataset import formats, source, tools
from playground.dataset.clean import Numbered
from playground.dataset.mapping import Mapping, mapped
from playground.dataset.progress import Progress
from playground.errors import DatasetError
from playground.records import Finding


class Read(NamedTuple):
    """Examples, how the source was understood, and what was noticed."""

    examples: list[Numbered]
    format: str
    reason: str
    findings: list[Finding]


def read_examples(
    read: source.Source, mapping: Mapping | None = None, progress: Progress | None = None
) -> Read:
    """Examples of numbered rows, and a finding for every row that is none.

    Raises DatasetError where no row is an example, where the rows are preferences, and where their
    format has to be asked.
    """
    tool = tools.recognise(row for _, row in read.rows)
    rows, noticed = tools.plain(read.rows) if tool else (read.rows, [])
    noticed = [*read.findings, *noticed]
    if not rows:
        raise nothing_in(read.name, noticed)
    if mapping is None:
        name, reason = formats.detect([row for _, row in rows])
        parse = name
        if tool:
            name = name if name == "prompt-only" else tool
            reason = f"these are {tools.TOOLS[tool].ABOUT}; in them {reason}"
    else:
        rows, found = mapped(rows, mapping, judged=False)
        noticed += found
        name = "mapping" if mapping.completion else "prompt-only"
        parse = "prompt-completion" if mapping.completion else "prompt-only"
        reason = f"the mapping says: prompt {mapping.prompt!r}, completion {mapping.completion!r}"
    if tool:
        rows, found = tools.first_answers(rows)
        noticed += found
    examples, findings = formats.to_examples(rows, parse, progress, plain=tool is not None)
    if not examples:
        raise DatasetError(
            f"No row of {read.name} is an example; row {findings[0].row}: {findings[0].message}",
            rule="At least one row must hold a prompt and its completion as text",
            remedy="Correct the rows and load the data again",
        )
    findings = sorted([*noticed, *findings], key=lambda finding: finding.row)
    return Read(examples, name, reason, findings)


def nothing_in(name: str, findings: list[Finding]) -> DatasetError:
    """Why the records of an annotation tool hold nothing that anybody decided."""
    first = f"; row {findings[0].row}: {findings[0].message}" if findings else ""
    return DatasetError(
        f"No record of {name} was answered{first}",
        rule="At least one record needs an answer that was handed in",
        remedy="Answer some there, and export them again",
    )
