"""The page that loads the pages is changed, and nothing else is."""

from __future__ import annotations

import asyncio

import pytest

from dashboard.server import HEAD, WIDGETS, StillPage, head_of

PAGE = b"<html><head><title>x</title></head><body></body></html>"


def answer(path_accepts: str, parts: list[bytes], kind: str, *more: tuple) -> tuple:
    """What the server sends for a request that accepts this: headers and body."""

    async def inner(scope, receive, send):
        assert kind != "text/html" or b"accept-encoding" not in dict(scope["headers"])
        length = str(sum(map(len, parts))).encode()
        headers = [(b"content-type", kind.encode()), (b"content-length", length)]
        headers += more
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, part in enumerate(parts):
            follows = number < len(parts) - 1
            part = {"type": "http.response.body", "body": part, "more_body": follows}
            await send(part)

    sent = []

    async def send(message):
        sent.append(message)

    accepted = [(b"accept", path_accepts.encode()), (b"accept-encoding", b"gzip")]
    scope = {"type": "http", "headers": accepted}
    asyncio.run(StillPage(inner)(scope, None, send))
    body = b"".join(one.get("body", b"") for one in sent)
    return dict(sent[0]["headers"]), body


@pytest.mark.parametrize("parts", [[PAGE], [PAGE[:20], PAGE[20:]]])
def test_the_page_waits_for_its_sidebar(parts):
    headers, body = answer("text/html,*/*", parts, "text/html")
    assert body == PAGE.replace(b"</head>", HEAD)
    assert int(headers[b"content-length"]) == len(body)


def test_what_is_no_page_is_sent_as_it_is():
    headers, body = answer("*/*", [PAGE], "application/json")
    assert body == PAGE
    assert int(headers[b"content-length"]) == len(PAGE)


def test_a_report_is_saved_as_it_was_written():
    saved = (b"content-disposition", b'attachment; filename="report.html"')
    headers, body = answer("text/html", [PAGE[:9], PAGE[9:]], "text/html", saved)
    assert body == PAGE
    assert int(headers[b"content-length"]) == len(PAGE)


def test_the_code_of_each_kind_of_widget_is_fetched_with_the_page():
    assert HEAD.count(b"modulepreload") == len(WIDGETS)
    assert HEAD.endswith(b"</head>")


def test_files_that_a_version_lacks_are_not_asked_for(tmp_path):
    scripts = tmp_path / "static" / "js"
    scripts.mkdir(parents=True)
    (scripts / "Button.Ab-1.js").touch()
    (scripts / "ButtonBar.Cd-2.js").touch()
    link = b'<link rel="modulepreload" crossorigin href="./static/js/Button.Ab-1.js">'
    assert head_of(tmp_path).endswith(b"</script>" + link + b"</head>")
