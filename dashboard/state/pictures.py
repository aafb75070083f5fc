"""Tables and pixels of the images of a run, through bounded caches."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.state.loaders import Stamp, check_again, file_mark
from hirise.actions.image_map import MapRequest, image_map
from hirise.actions.images import Images, ImagesRequest
from hirise.actions.images import images as list_images
from hirise.runs import Run
from hirise.runs.embeddings import EMBEDDINGS, EmbeddingMap, read_map
from hirise.runs.images import Thumbnails, images_folder, thumbnails
from hirise.runs.saliency import read_saliency


def load_thumbnails(run: Run, names: tuple[str, ...]) -> Thumbnails:
    """Small pictures of some images of a run, as far as they are available."""
    folder = images_folder(run)
    return _thumbnails((*run.stamp, str(folder)), names, run)


def load_image_list(run: Run, split: str) -> Images:
    """Every image of a split with its prediction."""
    return _image_list(run.stamp, split, run)


def load_sorted_images(run: Run, split: str, order: str) -> pd.DataFrame:
    """The same in one of `Images.orders`."""
    return _sorted_images(run.stamp, split, order, run)


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
    return _map(_map_stamp(run), split, method, run)


def load_map_table(run: Run, split: str, method: str) -> pd.DataFrame:
    """The rows of `Images.table` that are on the map, with their places."""
    return _map_table(_map_stamp(run), split, method, run)


def _map_stamp(run: Run) -> Stamp:
    # Maps and features may come after the run, whose stamp leaves them out.
    return (*run.stamp, file_mark(run.folder / EMBEDDINGS))


@st.cache_resource(max_entries=20, show_spinner=False)
def _thumbnails(stamp: Stamp, names: tuple[str, ...], _run: Run) -> Thumbnails:
    return thumbnails(_run, names)


@st.cache_resource(max_entries=2, show_spinner="Listing the images …")
def _image_list(stamp: Stamp, split: str, _run: Run) -> Images:
    return list_images(ImagesRequest(_run, split=split), check=check_again)


@st.cache_resource(max_entries=2, show_spinner=False)
def _sorted_images(stamp: Stamp, split: str, order: str, _run: Run) -> pd.DataFrame:
    return load_image_list(_run, split).sort(order)


@st.cache_data(max_entries=50, show_spinner=False)
def _neighbours(stamp: Stamp, split: str, image: str, _run: Run) -> pd.DataFrame:
    return load_image_list(_run, split).nearest(image)


@st.cache_resource(max_entries=4, show_spinner="Computing the map …")
def _map(stamp: Stamp, split: str, method: str, _run: Run) -> EmbeddingMap | None:
    stored = read_map(_run, split, method)
    if stored is not None or method != "pca":
        return stored
    return image_map(MapRequest(_run, split=split, method="pca", keep=False)).map


@st.cache_resource(max_entries=2, show_spinner=False)
def _map_table(stamp: Stamp, split: str, method: str, _run: Run) -> pd.DataFrame:
    places = load_map(_run, split, method)
    table = load_image_list(_run, split).table
    return table.head(0) if places is None else places.join(table)


@st.cache_resource(max_entries=4, show_spinner=False)
def _saliency(stamp: Stamp, split: str, _run: Run) -> pd.DataFrame | None:
    return read_saliency(_run, split)
