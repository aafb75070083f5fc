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
COLUMNS = ("observation", "landmark", "augmentation")


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
    """
    names = pd.Series(images, dtype="str")
    found = pc.extract_regex(
        pa.array(names, type=pa.large_string()), rf"^(?:.*[/\\])?{GRAMMAR}$"
    )
    parts = {
        column: pc.fill_null(pc.struct_field(found, column), "").to_pandas()
        for column in COLUMNS
    }
    return pd.DataFrame(parts, dtype="str").set_axis(names.index)


def first_of_landmarks(images: pd.Series[str]) -> pd.Series[str]:
    """The images without copies of a landmark that is among them already.

    Images whose names do not follow `GRAMMAR` are all kept; so are order and index.
    """
    landmarks = parse_names(images)["landmark"]
    own = landmarks.where(landmarks != "", images)
    return images[~own.duplicated()]
