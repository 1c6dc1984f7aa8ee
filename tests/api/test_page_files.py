"""The files of the page, as a browser gets them."""

import asyncio
import gzip
import json
import re

import pytest

from sophon_report.api.call import Incoming, Message
from sophon_report.api.page_files import PageFiles, preferred
from sophon_report.errors import NotFound

FILES = PageFiles()


def ask(number, path=None, **headers):
    """The answer of one of the two calls."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    incoming = Incoming(arguments=None, path=path or {}, message=Message(headers=told))
    return asyncio.run(FILES.calls()[number].handler(incoming))


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("fr,zh;q=0.3,en;q=0.2", "zh"),
        ("de", None),
        ("zh;q=no", None),
        ("", None),
    ],
)
def test_the_browser_s_best_liked_language_that_the_page_has_is_taken(accepted, language):
    """And none when it names none of them."""
    assert preferred(accepted) == language


def test_a_chosen_language_and_colours_win_over_what_the_browser_prefers():
    """They stand in the document before anything is drawn."""
    answer = ask(0, Accept_Language="en", Cookie='sophon_language=zh; sophon_theme=dark; other="x"')
    assert b'<html lang="zh" data-theme="dark">' in answer.body
    assert "实时".encode() in answer.body


def test_a_cookie_writes_nothing_into_the_document():
    """Only the words that there are count."""
    answer = ask(0, Cookie='sophon_language="><script>"; sophon_theme="><script>"')
    assert b'<html lang="en">' in answer.body
    assert b"><script>" not in answer.body


def test_every_file_that_the_document_names_is_served():
    """Under the digest of the moment, to be kept."""
    for digest, file in re.findall(r'(?:href|src)="/page/(\w+)/([^"]+)"', ask(0).body.decode()):
        answer = ask(1, {"digest": digest, "file": file})
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_file_under_a_former_digest_is_not_kept():
    """A page that was left open over an update gets what there is."""
    assert ask(1, {"digest": "former", "file": "main.js"}).headers["Cache-Control"] == "no-store"


def test_a_text_is_sent_compressed_to_who_takes_that():
    """And as it is to others."""
    path = {"digest": "x", "file": "look/parts.css"}
    small, plain = ask(1, path, Accept_Encoding="gzip, br"), ask(1, path)
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body
    assert len(small.body) < len(plain.body) / 2


@pytest.mark.parametrize("file", ["../app.py", "nothing.js", "/etc/passwd", "vendor/lit-html/LICENSE", ""])
def test_nothing_but_files_of_the_page_is_served(file):
    """They were read at the start; no path leads to a disk."""
    with pytest.raises(NotFound):
        ask(1, {"digest": "x", "file": file})


def test_every_answer_carries_the_policy_that_lets_no_foreign_script_in():
    """No script, style or frame from elsewhere, and none written into the document."""
    for answer in (ask(0), ask(1, {"digest": "x", "file": "main.js"})):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(rb"<script(?![^>]*(\bsrc=|application/json))|\son\w+=|style=", ask(0).body)


def test_who_has_no_session_sees_the_login_before_any_module_is_there():
    """And nobody can send it before it can be sent safely."""
    body = ask(0, Accept_Language="zh").body.decode()
    assert 'type="password"' in body
    assert '<button class="button primary" disabled>登录</button>' in body
    assert "/screens/login.js" in body
    assert 'type="password"' not in ask(0, Cookie="sophon_session=" + "0" * 64).body.decode()


def test_every_module_that_the_first_screen_imports_is_named_in_the_document():
    """So that none is found out by reading another one first."""
    named = set(re.findall(r'modulepreload" href="/page/\w+/([^"]+)"', ask(0).body.decode()))
    assert {"main.js", "page/shell.js", "page/html.js", "vendor/lit-html/lit-html.js", "screens/login.js"} <= named
    assert not [name for name in named if name.startswith("screens/") and name != "screens/login.js"]


def test_no_text_ends_the_element_that_texts_stand_in():
    """They lie in the document as JSON."""
    body = ask(0).body.decode()
    texts = body.partition('id="texts">')[2].partition("</script>")[0]
    assert "page.live" in json.loads(texts)
    assert "</" not in texts
