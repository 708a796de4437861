"""Single files of a Hugging Face model, with their sizes known before one is fetched."""

from pathlib import Path

from playground.errors import InputError, NotFoundError, UnavailableError
from playground.model.source import HUB_NAME


def is_id(name: str) -> bool:
    return bool(HUB_NAME.fullmatch(name)) and ".." not in name and "--" not in name


def fetch(identifier: str, limits: dict[str, int], place: Path) -> list[Path]:
    """Fetch the files named in `limits` into `place`, each of at most so many bytes.

    Returns a path for every file that the repository has: those that were not fetched do not exist.
    Raises NotFoundError, UnavailableError, and InputError for a file that is too large.
    """
    import httpx2
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    try:
        api = HfApi()
        info = api.model_info(identifier, files_metadata=True)
        sizes = {one.rfilename: one.size for one in info.siblings or ()}
        wanted = [name for name in limits if name in sizes]
        for name in wanted:
            if sizes[name] is None or sizes[name] > limits[name]:
                raise InputError(
                    f"{identifier}: {name} has {sizes[name] or 0:,} bytes",
                    rule=f"It may have {limits[name]:,}",
                    remedy="Choose a smaller adapter",
                )
        if len(wanted) == len(limits):
            for name in wanted:
                api.hf_hub_download(identifier, name, revision=info.sha, local_dir=place)
        return [place / name for name in sizes if "/" not in name]
    except RepositoryNotFoundError as error:
        raise NotFoundError(
            f"The Hub has no model {identifier!r} that may be read",
            rule="A private or gated one needs HF_TOKEN",
            remedy="Check the spelling",
        ) from error
    except (HfHubHTTPError, httpx2.HTTPError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise UnavailableError(
            f"{identifier} could not be fetched from the Hub ({type(error).__name__})",
            remedy="Check the connection and try again, or give the adapter's files",
        ) from error
