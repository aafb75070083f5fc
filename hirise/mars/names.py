"""HiRISE file-name grammar: observation, landmark and augmentation of an image."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

# `ESP_011623_2100_RED-0069-r90.jpg`: the observation is what comes before `_RED`, the
# landmark what comes before the augmentation: clockwise rotations, flips, brightness.
GRAMMAR = (
    r"(?P<landmark>(?P<observation>(?:ESP|PSP|TRA)_[0-9]{6}_[0-9]{4})_RED-[0-9]{4})"
    r"(?:-(?P<augmentation>r90|r180|r270|fh|fv|brt))?\.jpg"
)
_OBSERVATION, _LANDMARK = len("ESP_011623_2100"), len("ESP_011623_2100_RED-0069")


def parse_names(images: pd.Series[str] | Sequence[str]) -> pd.DataFrame:
    """Observation, landmark and augmentation of each image, from its file name.

    Parameters
    ----------
    images : (n_images,) str
        File names or paths; of a path the last part counts.

    Returns
    -------
    DataFrame, one row per image, with the index of `images`
        Columns `observation`, `landmark` and `augmentation`, text: "" where the name
        does not follow `GRAMMAR`; `augmentation` is "" for an original as well.

    Examples
    --------
    >>> names = ["ESP_011623_2100_RED-0069-r90.jpg", "mine.jpg"]
    >>> parse_names(names)["landmark"].tolist()
    ['ESP_011623_2100_RED-0069', '']
    >>> parse_names(names)["augmentation"].tolist()
    ['r90', '']
    """
    names = pd.Series(images, dtype="str")
    texts = pa.array(names, type=pa.large_string())
    if pc.any(pc.match_substring_regex(texts, r"[/\\]")).as_py():
        texts = pc.replace_substring_regex(texts, r"^.*[/\\]", "")
    # Matched once and cut by position: several times quicker than captured groups.
    follows = pc.fill_null(pc.match_substring_regex(texts, f"^{GRAMMAR}$"), False)
    texts = pc.if_else(follows, texts, "")
    parts = {
        "observation": pc.utf8_slice_codeunits(texts, 0, _OBSERVATION),
        "landmark": pc.utf8_slice_codeunits(texts, 0, _LANDMARK),
        "augmentation": pc.utf8_slice_codeunits(texts, _LANDMARK + 1, -len(".jpg")),
    }
    table = pd.DataFrame({name: part.to_pandas() for name, part in parts.items()})
    return table.astype("str").set_axis(names.index)


def first_of_landmarks(images: pd.Series[str]) -> pd.Series[str]:
    """The images without copies of a landmark that is among them already.

    Images whose names do not follow `GRAMMAR` are all kept; so are order and index.

    Examples
    --------
    >>> original = "ESP_011623_2100_RED-0069"
    >>> images = pd.Series([f"{original}.jpg", f"{original}-r90.jpg", "mine.jpg"])
    >>> first_of_landmarks(images).tolist()
    ['ESP_011623_2100_RED-0069.jpg', 'mine.jpg']
    """
    landmarks = parse_names(images)["landmark"]
    own = landmarks.where(landmarks != "", images)
    return images[~own.duplicated()]
