"""A file uploaded in a real browser becomes a run with its verdict."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROWS = "image,label,prediction\n" + "".join(
    f"{i}.jpg,{'other' if i % 5 else 'crater'},other\n" for i in range(200)
)


@pytest.mark.parametrize(
    ("width", "scheme"), [(1440, "light"), (390, "dark")], ids=["wide", "phone"]
)
def test_a_csv_is_uploaded_and_its_verdict_reached(
    tmp_path, serve, browser, width, scheme
):
    address = serve(tmp_path / "artifacts")
    screen = {"width": width, "height": 900}
    page = browser.new_context(viewport=screen, color_scheme=scheme).new_page()
    page.set_default_timeout(60_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/load")
    given = {"name": "mine.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    page.locator("input[type=file]").set_input_files(given)
    understood = page.get_by_text("200 images · all with true labels · 2 classes")
    expect(understood).to_be_visible()
    expect(page.get_by_text("'label' as the true classes")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    verdict = page.get_by_role("alert")
    expect(verdict).to_contain_text("Collapsed")
    page.get_by_role("button", name="Open its Overview").click()
    expect(page.locator("h1")).to_have_text("Overview")
    expect(page.get_by_role("alert")).to_contain_text(
        "All 200 images are predicted as 'other'."
    )
    page.wait_for_url("**run=*-mine*")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    elsewhere = [u for u in asked if not u.startswith((address, "data:", "blob:"))]
    assert elsewhere == [], "nothing is fetched from other machines"
    page.context.close()
