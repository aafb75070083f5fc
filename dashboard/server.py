"""The server of the pages: that of Streamlit, with a first paint that does not jump.

Streamlit draws an empty page over the whole window, and moves it aside once the first
script has filled the sidebar. It fetches the code of each kind of widget when the first
one is drawn, and draws a box of another height until then. Here that code is fetched
with the page, and nothing is painted before the sidebar is there (for four seconds at
most), the verdict is there or the script is done, and the boxes in view are filled (for
1.2 seconds at most, and charts are not waited for). The keyboard's focus is seen on
links, too.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WIDGETS = (
    *("Button", "ButtonGroup", "Checkbox", "DataFrame", "DownloadButton"),
    *("FileUploader",),
    *("ImageList", "MenuButton", "Metric", "Multiselect", "NumberInput", "PageLink"),
    *("Pagination", "Progress", "Radio", "Selectbox", "Slider", "Table", "TextInput"),
)
"""Parts of Streamlit's page that are fetched at once: a few kilobytes each, the table
half a megabyte. Charts (5 MB) are not among them."""

HOLD = b"""<style>
.hirise-held .stAppViewContainer > * { visibility: hidden; }
a:focus-visible, main:focus-visible, canvas:focus-visible {
  outline: 2px solid currentColor !important;
  outline-offset: -2px;
}
</style><script>
(() => {
  const root = document.documentElement, begun = performance.now();
  let drawn = 0;
  root.classList.add("hirise-held");
  const isWaiting = (now) => {
    if (now - begun > 4000) return false;
    if (!document.querySelector('[data-testid="stSidebar"]')) return true;
    drawn ||= now;
    if (now - drawn > 1200) return false;
    // A verdict is shown at once; what follows is drawn below it.
    if (document.querySelector('[data-testid="stAlert"]')) return false;
    if (document.querySelector('[data-test-script-state="running"]')) return true;
    const boxes = document.querySelectorAll('[data-testid="stSkeleton"]');
    return [...boxes].some(
      (box) =>
        !box.closest('[class*="st-key-chart-"]') &&
        box.getBoundingClientRect().top < innerHeight,
    );
  };
  const look = (now) => {
    if (isWaiting(now)) requestAnimationFrame(look);
    else root.classList.remove("hirise-held");
  };
  requestAnimationFrame(look);
  // Streamlit calls it a presentation, yet gives it a name, as of a group.
  const zone = '[data-testid="stFileUploaderDropzone"][role="presentation"]';
  new MutationObserver(() => {
    document.querySelectorAll(zone).forEach((box) => (box.role = "group"));
  }).observe(root, { childList: true, subtree: true });
})();
</script>"""
HTML = "text/html"


def head_of(static: Path) -> bytes:
    """What is added to the head of the page, whose files lie in `static`."""
    scripts = static / "static" / "js"
    found = sorted(p.name for name in WIDGETS for p in scripts.glob(f"{name}.*.js"))
    links = "".join(
        f'<link rel="modulepreload" crossorigin href="./static/js/{name}">'
        for name in found
    )
    return HOLD + links.encode() + b"</head>"


HEAD = head_of(Path(st.__file__).with_name("static"))


class StillPage:
    """Adds `HEAD` to the page that loads everything else, and to no other file."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        accepted = Headers(scope=scope).get("accept", "") if "headers" in scope else ""
        if scope["type"] != "http" or HTML not in accepted:
            await self.app(scope, receive, send)
            return
        # It is changed as text; a few kilobytes need no compression.
        plain = [h for h in scope["headers"] if h[0] != b"accept-encoding"]
        begun: list[Message] = []
        body = bytearray()

        async def send_changed(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                begun.append(message)
                return
            if not begun:
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = bytes(body).replace(b"</head>", HEAD, 1)
            headers = MutableHeaders(raw=begun[0]["headers"])
            headers["content-length"] = str(len(page))
            await send(begun[0])
            await send({"type": "http.response.body", "body": page})

        await self.app({**scope, "headers": plain}, receive, send_changed)


def _is_page(start: Message) -> bool:
    """Whether it is shown in the window; a report is HTML, too, but is saved."""
    headers = Headers(raw=start["headers"])
    is_html = headers.get("content-type", "").startswith(HTML)
    return is_html and "content-disposition" not in headers


app = st.App(Path(__file__).with_name("app.py"), middleware=[Middleware(StillPage)])
