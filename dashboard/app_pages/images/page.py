"""Which images are misclassified? All images, sorted and filtered, and each one."""

import streamlit as st

from dashboard.app_pages.images.detail import chosen_image, pick, show_detail
from dashboard.app_pages.images.grid import can_be_shown, show_gallery
from dashboard.app_pages.images.image_map import (
    VIEWS,
    choose_view,
    chosen_region,
    show_map,
    within,
)
from dashboard.app_pages.images.selection import (
    choose_selecting,
    current_selection,
    show_image_table,
    show_selection,
)
from dashboard.shared.charts import show_heading
from dashboard.shared.image_links import choose_images
from dashboard.shared.states import need_run, need_split
from dashboard.shared.text import count_of
from dashboard.shared.verdict import show_findings
from dashboard.state.loaders import load_diagnosis
from dashboard.state.pictures import load_image_list, load_sorted_images
from hirise.diagnosis.checks import codes_of

GALLERY, TABLE, MAP = VIEWS

run = need_run()
split = need_split(run)
images = load_image_list(run, split)
table = images.table
with st.container():
    region = chosen_region(run, split)
wanted, order = choose_images(
    images, run.info.class_names, on_map=region.label if region else ""
)
ordered = load_sorted_images(run, split, order)
shown = within(images.select(wanted, among=ordered), region)
selection = current_selection(run, split)

chosen = chosen_image(table)
with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
    view = choose_view()
    as_table = view == TABLE or not can_be_shown(run, shown)
    selecting = as_table or choose_selecting()
if view == MAP:
    show_map(run, split, shown, region, chosen)
if chosen:
    show_detail(run, images, shown, chosen)

many = count_of(len(shown), "image")
show_heading(
    many if len(shown) == len(table) else f"{many} of {len(table):,}",
    key="images",
    table=images.tagged(shown),
    shown=True,
)
if selecting:
    show_selection(run, images, shown, selection)
if shown.empty:
    st.caption("No image matches these filters. Remove one above.")
elif as_table:
    opened = show_image_table(images, shown, selection)
    if opened:
        pick(opened)
        st.rerun()
else:
    show_gallery(
        run,
        shown,
        order=order,
        chosen=chosen,
        selection=selection if selecting else None,
        on_pick=pick,
    )
show_findings(load_diagnosis(run, split), codes=codes_of("images"))
