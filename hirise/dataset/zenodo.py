"""Where the HiRISE releases are published, and what is known of each file."""

from __future__ import annotations

from dataclasses import dataclass

from hirise.errors import InputError, nearest

CREDIT = "Wagstaff, Lu, Doran, Mandrake (NASA/JPL-Caltech)"


@dataclass(frozen=True)
class Archive:
    """A zip file of a release.

    Attributes
    ----------
    release : str
        v1, v3 or v3.2.
    page : str
        The page of the record, which states its licence.
    url : str
    licence : str or None
        None where only the page tells.
    n_bytes, md5 : int and str, or None
        None where they are not known; then only the checksums inside the zip tell
        whether the file is whole.
    """

    release: str
    page: str
    url: str
    licence: str | None = None
    n_bytes: int | None = None
    md5: str | None = None

    @property
    def file(self) -> str:
        """The name of the zip file."""
        return self.url.partition("?")[0].rpartition("/")[2]


def archive_named(release: str) -> Archive:
    """The archive of `release`, one of v3.2, v3 and v1."""
    for archive in ARCHIVES:
        if archive.release == release:
            return archive
    known = [archive.release for archive in ARCHIVES]
    raise InputError(
        f"Unknown release '{release}': expected {', '.join(known)}."
        f"{nearest(release, known)}"
    )


ARCHIVES = (
    Archive(
        release="v3.2",
        page="https://zenodo.org/records/4002935",
        url="https://zenodo.org/records/4002935/files/hirise-map-proj-v3_2.zip?download=1",
        n_bytes=911_235_740,
        md5="236d9c627db1a5970e77a01a8c8a035a",
    ),
    Archive(
        release="v3",
        page="https://zenodo.org/records/2538136",
        url="https://zenodo.org/records/2538136/files/hirise-map-proj-v3.zip?download=1",
        licence="CC BY 4.0",
        n_bytes=985_889_206,
        md5="cab4aeb474f76d82b7188a8f342a608b",
    ),
    Archive(
        release="v1",
        page="https://zenodo.org/records/1048301",
        url="https://zenodo.org/records/1048301/files/hirise-map-proj.zip?download=1",
    ),
)
