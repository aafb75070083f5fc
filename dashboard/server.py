"""The server of the pages: that of Streamlit, with a first paint that does not jump.

Streamlit draws an empty page over the whole window, and moves it aside once the first
script has filled the sidebar. Until then it is not painted, for two seconds at most.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD = b"""<style>
@keyframes hirise-paint { to { visibility: visible; } }
.stAppViewContainer:not(:has([data-testid="stSidebar"])) > * {
  visibility: hidden;
  animation: hirise-paint 0s 2s forwards;
}
</style></head>"""
HTML = "text/html"


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
