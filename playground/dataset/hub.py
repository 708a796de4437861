"""Datasets on the Hub: a repository with a Parquet file a part, and a card."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from playground.dataset import card, export
from playground.dataset.split import Splits
from playground.errors import (
    ConflictError,
    ForbiddenError,
    InputError,
    PlaygroundError,
    UnavailableError,
)

_REFUSED = (400, 404, 409, 413, 422)
_FORBIDDEN = (401, 403)


def push(
    data, repo_id: str, *, private: bool = True, token: str | None = None, license: str = "", parts=None
) -> str:
    """Put a Dataset or Preferences into a dataset repository of the Hub; its address there.

    `parts`, as `split` gives them, become the splits train, validation and test; without them all rows
    are `train`. A repository of ours is brought up to date, and keeps the license of its card where
    none is given. `token` defaults to the one of `hf auth login` or HF_TOKEN.

    Raises ForbiddenError without a token that may write, and where the data is to be private and the
    repository is open; InputError for a name that is none; ConflictError for a repository that holds
    something else; UnavailableError where the Hub does not answer.
    """
    from huggingface_hub import HfApi, get_token

    rows = _parts(data, parts)
    token = token or get_token()
    if not token:
        raise ForbiddenError(
            "There is no Hugging Face token on this machine",
            rule="A dataset is put into somebody's account",
            remedy="Run `hf auth login`, or give token= or HF_TOKEN with the right to write",
        )
    api = HfApi(token=token)
    with tempfile.TemporaryDirectory() as place, _told(repo_id):
        repository, before = _repository(api, repo_id, private)
        folder = build(data, Path(place), rows, license or before)
        api.upload_folder(
            repo_id=repository, repo_type="dataset", folder_path=folder,
            commit_message=f"{sum(map(len, rows.values())):,} rows", delete_patterns="data/*.parquet",
        )  # fmt: skip
        return f"{api.endpoint}/datasets/{repository}"


def build(data, folder: Path, parts: Mapping[str, Sequence], license: str | list[str] = "") -> Path:
    """Write what a repository holds into `folder`: README.md, and data/<part>.parquet of one schema."""
    every = [row for rows in parts.values() for row in rows]
    for name, rows in parts.items():
        export.write_parquet(folder / "data" / f"{name}.parquet", rows, like=every)
    (folder / "README.md").write_text(card.text(data, parts, license), encoding="utf-8")
    return folder


def _parts(data, parts) -> dict[str, Sequence]:
    if parts is None:
        named = {"train": data}
    elif isinstance(parts, Splits):
        named = parts._asdict()
    else:
        raise InputError("The parts are no splits", remedy="Give parts=data.split(seed=0)")
    filled = {name: rows for name, rows in named.items() if len(rows)}
    if not filled:
        raise InputError("There is nothing to push", rule="A repository holds at least one row")
    return filled


def _repository(api, repo_id: str, private: bool) -> tuple[str, str | list[str]]:
    """The full name of a repository that may take the data, made where it is missing, and its license."""
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return api.create_repo(repo_id, repo_type="dataset", private=private).repo_id, ""
    except HfHubHTTPError as error:
        if _status(error) != 409:
            raise
    name = repo_id if "/" in repo_id else f"{api.whoami()['name']}/{repo_id}"
    info = api.dataset_info(name)
    about = info.card_data.to_dict() if info.card_data else {}
    files = {file.rfilename for file in info.siblings or ()} - {".gitattributes"}
    if files and card.MARK not in (about.get("tags") or ()):
        raise ConflictError(
            f"{name} is on the Hub already and holds something else",
            rule="What others may rely on is not overwritten",
            remedy="Choose another name",
        )
    if private and not info.private:
        raise ForbiddenError(
            f"{name} is open to everyone",
            rule="The data is to be private",
            remedy="Choose another name, make that one private, or say private=False",
        )
    return name, about.get("license") or ""


@contextmanager
def _told(repo_id: str) -> Iterator[None]:
    """What the Hub and its client raise, as errors a person can act on."""
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        yield
    except PlaygroundError:
        raise
    except HFValidationError as error:
        raise _refused(repo_id, error) from error
    except HfHubHTTPError as error:
        if _status(error) in _FORBIDDEN:
            raise ForbiddenError(
                f"The Hub refused {repo_id}: {_reason(error)}",
                rule="The token must belong to the owner, or to a member, and may write",
                remedy="Make one with the right to write on huggingface.co/settings/tokens",
            ) from error
        if _status(error) in _REFUSED:
            raise _refused(repo_id, error) from error
        raise _unavailable(repo_id, error) from error
    except (httpx2.HTTPError, OSError, ValueError) as error:
        raise _unavailable(repo_id, error) from error


def _refused(repo_id: str, error: Exception) -> InputError:
    return InputError(
        f"The Hub refused the name {repo_id!r}: {_reason(error)}",
        rule="A name is owner/name, of letters, digits, dots, hyphens and underscores",
        remedy="Choose another name",
    )


def _unavailable(repo_id: str, error: Exception) -> UnavailableError:
    return UnavailableError(
        f"The Hub did not take {repo_id}: {_reason(error)}",
        rule="What was there before is still there",
        remedy="Check the connection and try again, or export a file",
    )


def _status(error) -> int | None:
    return getattr(error.response, "status_code", None)


def _reason(error: Exception) -> str:
    """The line in which the Hub says why, without the address it was asked at."""
    said = getattr(error, "server_message", None) or str(error)
    return " ".join(said.split())[:200].rstrip(".")
