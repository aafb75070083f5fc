"""Tables and pixels of the images of a run, through bounded caches."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.state.loaders import Stamp, file_mark, load_predictions
from hirise.evaluation.image_map import make_map, map_table
from hirise.evaluation.images import (
    image_table,
    nearest_images,
    probabilities_of,
    sort_images,
)
from hirise.runs import Run
from hirise.runs.embeddings import EmbeddingMap, embeddings_path, map_path, read_map
from hirise.runs.images import Thumbnails, images_folder, thumbnails
from hirise.runs.saliency import read_saliency


def load_thumbnails(run: Run, names: tuple[str, ...]) -> Thumbnails:
    """Small pictures of some images of a run, as far as they are available."""
    folder = images_folder(run)
    return _thumbnails((*run.stamp, str(folder)), names, run)


def load_image_table(run: Run, split: str) -> pd.DataFrame:
    """Every image of a split with its prediction."""
    return _image_table(run.stamp, split, run)


def load_sorted_images(run: Run, split: str, order: str) -> pd.DataFrame:
    """The same in one of the orders of `image_table.ORDERS`."""
    return _sorted_images(run.stamp, split, order, run)


def load_probabilities(run: Run, split: str, row: int) -> pd.DataFrame:
    """All probabilities of one image; empty without any."""
    return probabilities_of(load_predictions(run, split), row)


def load_neighbours(run: Run, split: str, image: str) -> pd.DataFrame:
    """The images that are most similar to one image for the network."""
    return _neighbours(run.stamp, split, image, run)


def load_saliency(run: Run, split: str) -> pd.DataFrame | None:
    """The saliency maps of a split, for the images that have one; see `COLUMNS`."""
    return _saliency(run.stamp, split, run)


def load_map(run: Run, split: str, method: str) -> EmbeddingMap | None:
    """The images on a map: the stored one, else by PCA; t-SNE is not computed here.

    Raises
    ------
    InputError
        If no map can be made of the run.
    """
    return _map(_map_stamp(run, split, method), split, method, run)


def load_map_table(run: Run, split: str, method: str) -> pd.DataFrame:
    """The rows of `load_image_table` that are on the map, with their places."""
    return _map_table(_map_stamp(run, split, method), split, method, run)


def _map_stamp(run: Run, split: str, method: str) -> Stamp:
    # Maps and features may come after the run, whose stamp leaves them out.
    files = (embeddings_path(run.folder, split), map_path(run.folder, split, method))
    return (*run.stamp, *map(file_mark, files))


@st.cache_resource(max_entries=20, show_spinner=False)
def _thumbnails(stamp: Stamp, names: tuple[str, ...], _run: Run) -> Thumbnails:
    return thumbnails(_run, names)


@st.cache_resource(max_entries=2, show_spinner="Listing the images …")
def _image_table(stamp: Stamp, split: str, _run: Run) -> pd.DataFrame:
    return image_table(load_predictions(_run, split))


@st.cache_resource(max_entries=2, show_spinner=False)
def _sorted_images(stamp: Stamp, split: str, order: str, _run: Run) -> pd.DataFrame:
    return sort_images(load_image_table(_run, split), order)


@st.cache_data(max_entries=50, show_spinner=False)
def _neighbours(stamp: Stamp, split: str, image: str, _run: Run) -> pd.DataFrame:
    return nearest_images(_run, split, image)


@st.cache_resource(max_entries=4, show_spinner="Computing the map …")
def _map(stamp: Stamp, split: str, method: str, _run: Run) -> EmbeddingMap | None:
    stored = read_map(_run, split, method)
    return make_map(_run, split) if stored is None and method == "pca" else stored


@st.cache_resource(max_entries=2, show_spinner=False)
def _map_table(stamp: Stamp, split: str, method: str, _run: Run) -> pd.DataFrame:
    places = load_map(_run, split, method)
    table = load_image_table(_run, split)
    return table.head(0) if places is None else map_table(places, table)


@st.cache_resource(max_entries=4, show_spinner=False)
def _saliency(stamp: Stamp, split: str, _run: Run) -> pd.DataFrame | None:
    return read_saliency(_run, split)
