"""Which images are misclassified? All images, sorted and filtered, and each one."""

import streamlit as st

from dashboard.app_pages.images.detail import chosen_image, pick, show_detail
from dashboard.app_pages.images.grid import prediction_tiles, show_grid
from dashboard.app_pages.images.image_map import choose_view, show_map
from dashboard.app_pages.images.region import chosen_region, within
from dashboard.shared.charts import show_heading
from dashboard.shared.image_links import PAGE, PER_PAGE, choose_images
from dashboard.shared.states import need_run, need_split
from dashboard.shared.text import count_of
from dashboard.state.pictures import load_image_table, load_sorted_images
from hirise.evaluation.images import select_images

run = need_run()
split = need_split(run)
table = load_image_table(run, split)
with st.container():
    region = chosen_region(run, split)
wanted, order = choose_images(
    table, run.info.class_names, on_map=region.label if region else ""
)
shown = within(select_images(load_sorted_images(run, split, order), wanted), region)

chosen = chosen_image(table)
if choose_view():
    show_map(run, split, shown, region, chosen)
if chosen:
    show_detail(run, split, table, shown, chosen)

many = count_of(len(shown), "image")
show_heading(
    many if len(shown) == len(table) else f"{many} of {len(table):,}",
    key="images",
    table=shown,
    shown=True,
)
if shown.empty:
    st.caption("No image matches these filters. Remove one above.")
else:
    n_pages = -(-len(shown) // PER_PAGE)
    page = 1
    if n_pages > 1:
        if st.session_state.get(PAGE, 1) > n_pages:
            st.session_state[PAGE] = 1
        page = st.pagination(n_pages, key=PAGE, bind="query-params")
    show_grid(
        run,
        prediction_tiles(shown.iloc[(page - 1) * PER_PAGE : page * PER_PAGE]),
        label=f"{many}, sorted by {order}, page {page} of {n_pages}",
        key="gallery",
        chosen=chosen,
        on_pick=pick,
    )
