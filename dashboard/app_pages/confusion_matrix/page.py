"""Which classes are confused? The matrix or the worst pairs, and their images."""

import streamlit as st

from dashboard.app_pages.confusion_matrix.cells import (
    MOST_SHOWN,
    cell_columns,
    cell_title,
    images_of_cell,
)
from dashboard.app_pages.confusion_matrix.matrix import MOST_IN_MATRIX, show_matrix
from dashboard.app_pages.confusion_matrix.pairs import show_pairs
from dashboard.shared.charts import show_first, show_heading
from dashboard.shared.image_links import labelled_only, link_images
from dashboard.shared.screen import watch_width
from dashboard.shared.scrolling import scroll_to
from dashboard.shared.states import need_evaluation, need_run, need_split
from dashboard.shared.thumbnails import show_thumbnails
from dashboard.state.loaders import load_predictions

run = need_run()
split = need_split(run)
evaluation = need_evaluation(run, split)

if len(evaluation.class_names) <= MOST_IN_MATRIX:
    true, predicted = show_matrix(evaluation)
else:
    true, predicted = show_pairs(run, split, evaluation)

with st.container(key="cell-images"):
    images = images_of_cell(load_predictions(run, split), true, predicted)
    show_heading(
        cell_title(true, predicted, len(images)),
        key="cell",
        table=images,
        shown=True,
    )
    show_thumbnails(run, images)
    if images.empty:
        st.caption("This cell has no images.")
    else:
        link_images(true, predicted, answer=labelled_only(evaluation))
        show_first(
            images,
            MOST_SHOWN,
            key="images",
            alt="Images of the chosen cell",
            columns=cell_columns(images),
            order="the most confident",
        )
scroll_to("cell-images")
watch_width()
