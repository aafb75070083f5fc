"""Download a HiRISE release."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hirise.actions import StrPath
from hirise.progress import Progress

if TYPE_CHECKING:
    from hirise.mars.download import Downloaded
    from hirise.mars.releases import Archive


@dataclass(frozen=True)
class DownloadRequest:
    """A download to be made.

    Attributes
    ----------
    release : {"v3.2", "v3", "v1"}
        v3.2 has an official split; v1 is small and has its own classes.
    to : path
        The release becomes a folder in it.

    Examples
    --------
    >>> DownloadRequest(to="images").folder.as_posix()
    'images/hirise-map-proj-v3_2'
    """

    release: str = "v3.2"
    to: StrPath = "data"

    @property
    def archive(self) -> Archive:
        """The file that is downloaded: its source, licence and size."""
        from hirise.mars.releases import archive_named

        return archive_named(self.release)

    @property
    def folder(self) -> Path:
        """Where the release will be."""
        from hirise.mars.download import release_folder

        return release_folder(self.archive, Path(self.to))


def download(
    request: DownloadRequest, *, progress: Progress | None = None
) -> Downloaded:
    """Download a HiRISE release, check it and unpack it; a later call resumes it.

    Raises
    ------
    InputError
        If there is no such release, the file cannot be had or is damaged, the disk is
        too small, or the folder holds anything else.

    Examples
    --------
    >>> from hirise.errors import InputError
    >>> try:
    ...     download(DownloadRequest("v9"))
    ... except InputError as error:
    ...     print(error.refusal.what)
    There is no release 'v9'.
    """
    from hirise.mars import download as releases

    told = progress or Progress()

    def report(step: str, done: int, total: int | None) -> None:
        told.update(step, done, total or 0, unit="B")

    return releases.download(request.archive, Path(request.to), report=report)
