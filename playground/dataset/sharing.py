"""What a dataset and preferences have in common: their way out, to a file or to the Hub."""

from pathlib import Path

from playground.dataset import export, hub
from playground.dataset.progress import Progress
from playground.dataset.split import Splits


class Shared:
    """A sequence of records that can be handed on."""

    def export(
        self, path: str | Path, *, tool: str | None = None, progress: Progress | None = None
    ) -> Path:
        """Write the rows to a file, which `load` reads back as they are; where it lies.

        The ending tells the kind: .jsonl, .parquet, .csv (in which no cell is a formula to a spreadsheet),
        and .json for a `tool`, "argilla" or "label-studio". An older file stays until the new one is
        whole. Raises InputError for another ending or a place that cannot be written.
        """
        return export.write(path, self, tool, progress)

    def push(
        self,
        repo_id: str,
        *,
        private: bool = True,
        token: str | None = None,
        license: str = "",
        parts: Splits | None = None,
    ) -> str:
        """Put the rows on the Hub with a card that tells source, repairs and counts; their address there.

        `parts`, as `split` gives them, become its splits. See `dataset.hub.push` for the rest, and for
        what is raised without a token, for a name that is refused, and where the Hub does not answer.
        """
        return hub.push(self, repo_id, private=private, token=token, license=license, parts=parts)
