"""Which classes are confused? The matrix, and the images of one cell."""

import streamlit as st

from dashboard.app_pages.confusion_matrix.cells import (
    MOST_SHOWN,
    cell_columns,
    cell_title,
    choose_cell,
    images_of_cell,
    take_click,
)
from dashboard.shared.charts import CHART_OPTIONS, show_first, show_heading
from dashboard.shared.image_links import labelled_only, link_images
from dashboard.shared.states import need_evaluation, need_run, need_split
from dashboard.shared.thumbnails import show_thumbnails
from dashboard.state.loaders import load_predictions
from hirise.figures.confusion import ORDERS, SHOWN, confusion_figure, ordered_confusion

run = need_run()
split = need_split(run)
evaluation = need_evaluation(run, split)

with st.container(horizontal=True, gap="medium"):
    show = st.radio(
        "Cell values",
        SHOWN,
        index=SHOWN.index("counts"),
        horizontal=True,
        key="cells",
        bind="query-params",
    )
    order = st.selectbox(
        "Class order", ORDERS, key="order", bind="query-params", width=280
    )

confusion = ordered_confusion(evaluation.confusion, order)
show_heading("Images by true and predicted class", key="confusion", table=confusion)
# Above the boxes, though it frames the cell that they choose.
matrix = st.container()
true, predicted = choose_cell(evaluation)
matrix.plotly_chart(
    confusion_figure(confusion, show=show, cell=(true, predicted), totals=True),
    key="matrix",
    on_select=take_click,
    selection_mode="points",
    config=CHART_OPTIONS,
    alt="Images by true class (rows) and predicted class (columns)",
)

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
