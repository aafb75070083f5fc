"""The saved model of a run, which predicts its images again in any form."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pandas as pd

from hirise.arrays import Bools, Floats, Ints, Pixels
from hirise.data.images import decode_some
from hirise.data.resizing import Resizing
from hirise.errors import InputError
from hirise.models.input_spec import InputForm
from hirise.models.inspection import inspect_model
from hirise.models.outputs import Decoded, decode_outputs, in_class_order
from hirise.models.pixel_scales import BGR, GREY, RGB, SCALES, USUAL, Encoding
from hirise.models.predictor import check_installed
from hirise.models.preprocessing import preprocessing_of_run
from hirise.models.resolve_input import usual_resizings
from hirise.models.sandbox import SandboxedPredictor
from hirise.progress import Progress
from hirise.runs import Run
from hirise.runs.images import resizing_of

AT_ONCE = 1024
"""Images that are decoded at once where all are predicted."""


class SavedModel:
    """The model that a run kept, in a process of its own, and the run's images.

    Parameters
    ----------
    run : Run
    images : sequence of str
        Names of images of the run.
    folder : Path
        Of the dataset.
    progress : Progress, optional

    Raises
    ------
    InputError
        If the model or the images cannot be read.
    """

    def __init__(
        self,
        run: Run,
        images: Sequence[str],
        folder: Path,
        progress: Progress | None = None,
    ) -> None:
        if run.model_path is None:
            raise InputError(f"{run.info.id} keeps no model.")
        about = inspect_model(run.model_path)
        check_installed(about.form)
        self.run, self.progress = run, progress or Progress()
        self.paths = image_paths(run, images, folder)
        self.decoded: dict[tuple[Resizing, int], Pixels] = {}
        self.kept: Bools = np.ones(len(images), dtype=bool)
        size = preprocessing_of_run(run).size
        self.progress.update("Loading the model")
        self.predictor = SandboxedPredictor(run.model_path, about.form, size=size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.predictor.close()

    @property
    def recorded(self) -> InputForm:
        """How the run says that its model takes images."""
        known = preprocessing_of_run(self.run)
        scale, channels = known.scale or USUAL, known.channels or RGB
        return InputForm(Encoding(scale, channels), resizing_of(self.run))

    def forms(self) -> list[InputForm]:
        """Other usual ways to give an image to a model.

        One thing changed at a time; then scale and channels together, as whoever reads
        images with another library easily misses both.
        """
        recorded, facts = self.recorded, self.predictor.facts
        encoding, resizing = recorded.encoding, recorded.resizing
        forms = [
            InputForm(Encoding(scale, encoding.channels), resizing) for scale in SCALES
        ]
        is_colour = facts.channels == 3 and self._channels == 3
        orders = (RGB, BGR, GREY) if is_colour else ()
        forms += [InputForm(Encoding(encoding.scale, c), resizing) for c in orders]
        forms += [InputForm(encoding, other) for other in usual_resizings(facts.size)]
        forms += [InputForm(Encoding(s, c), resizing) for c in orders for s in SCALES]
        return [form for form in dict.fromkeys(forms) if form != recorded]

    def predict(self, form: InputForm, rows: Ints) -> Decoded:
        """Classes and probabilities of the images at `rows`."""
        pixels = self._pixels(form.resizing)
        outputs = self.predictor.predict(pixels, rows, form.encoding, self.progress)
        return self._decoded(outputs)

    def predict_all(self, form: InputForm) -> Decoded:
        """Classes and probabilities of all images, of which few are in memory at once.

        Raises
        ------
        InputError
            If one cannot be read.
        """
        outputs = np.empty((len(self.paths), self.predictor.facts.n_outputs))
        for start in range(0, len(self.paths), AT_ONCE):
            part = self.paths[start : start + AT_ONCE]
            pixels, kept = self._decode(part, form.resizing)
            if not kept.all():
                raise InputError(
                    "This image cannot be read.",
                    where=part[int(np.argmin(kept))],
                    how="Put a readable file there.",
                )
            rows = np.arange(len(part))
            outputs[start : start + len(part)] = self.predictor.predict(
                pixels, rows, form.encoding
            )
            done = start + len(part)
            self.progress.update("Predicting", done, len(self.paths))
        return self._decoded(outputs)

    def _decoded(self, outputs: Floats) -> Decoded:
        names = self.run.info.class_names
        columns = (self.run.info.model or {}).get("columns", [])
        if sorted(columns) == list(range(len(names))):
            outputs = in_class_order(outputs, np.array(columns, dtype=np.int64))
        return decode_outputs(outputs, names, step=self.predictor.facts.output_step)

    @property
    def _channels(self) -> int:
        """Those of the images; unknown ones are brought to what the model takes."""
        known = (self.run.info.dataset or {}).get("channels")
        return int(known or self.predictor.facts.channels)

    def _pixels(self, resizing: Resizing) -> Pixels:
        key = (resizing, self._decoded_channels)
        if key not in self.decoded:
            self.decoded[key], kept = self._decode(self.paths, resizing)
            self.kept &= kept
        return self.decoded[key]

    @property
    def _decoded_channels(self) -> int:
        return 1 if self.predictor.facts.channels == 1 else self._channels

    def _decode(self, paths: list[Path], resizing: Resizing) -> tuple[Pixels, Bools]:
        """Pixels, black for an image that cannot be read, and which can."""
        size, channels = self.predictor.facts.size, self._decoded_channels
        found = decode_some(paths, size=size, channels=channels, resizing=resizing)
        kept = np.array([not isinstance(one, str) for one in found])
        blank = np.zeros((size, size, channels), dtype=np.uint8)
        pixels = [blank if isinstance(one, str) else one for one in found]
        return np.stack(pixels), kept


def image_paths(run: Run, images: Sequence[str], folder: Path) -> list[Path]:
    """The file of each image of a run, in a dataset's folder.

    Raises
    ------
    InputError
        If a path leaves that folder, as one of a run from elsewhere may.
    """
    table = run.catalog()
    known = dict.fromkeys(images, "")
    if table is not None and {"image", "path"} <= set(table.columns):
        once = table.drop_duplicates("image")
        known = dict(zip(once["image"], once["path"], strict=True))
    base = Path(os.path.normpath(folder))
    paths = [Path(os.path.normpath(base / (known.get(i) or i))) for i in images]
    if not all(path.is_relative_to(base) for path in paths):
        raise InputError("A path of the run leaves the folder of the images.")
    return paths


def rows_of(table: pd.DataFrame, images: Sequence[str]) -> Ints:
    """The row of each image in a table with the column `image`; -1 where absent."""
    rows = pd.Index(table["image"]).get_indexer(pd.Index(images))
    return np.asarray(rows, dtype=np.int64)
