"""How Sphinx makes the site of docs/en and docs/zh; ./scripts/docs calls it, once for each language (tag ``zh``).

Two builds of one configuration: pages have the same names in both languages, so that the other one is a link away.
Nothing is fetched when a page is looked at: fonts are the reader's own, scripts and styles lie beside it.
"""

import re
import sys
from pathlib import Path
from typing import Any, Dict, List

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.search import SearchLanguage

sys.path.insert(0, str(Path(__file__).parent.parent))
from sophon_report import __version__

CHINESE = tags.has("zh")  # noqa: F821 - Sphinx gives it
OTHER = {"code": "en", "name": "English"} if CHINESE else {"code": "zh-CN", "name": "中文"}
WORDS = {
    "here": "本页内容" if CHINESE else "On this page",
    "next": "下一页" if CHINESE else "Next",
    "previous": "上一页" if CHINESE else "Previous",
    "switch": "Read this page in English" if CHINESE else "阅读本页中文版",
}

project = "sophon-report"
version = release = __version__
language = "zh_CN" if CHINESE else "en"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
master_doc = "index"
templates_path = ["_templates"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
highlight_language = "text"

html_theme = "furo"
html_title = "sophon-report"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_show_sphinx = False
html_use_index = False
html_domain_indices = False
html_search_language = "cjk" if CHINESE else "en"
html_context = {"words": WORDS, "other": OTHER, "other_site": "en" if CHINESE else "zh"}
SANS = '-apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'
SANS_ZH = '-apple-system, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", sans-serif'
MONO = 'SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace'
html_theme_options: Dict[str, Any] = {
    "top_of_page_buttons": ["view"],  # its place is taken by the link to the other language
    "light_css_variables": {
        "font-stack": SANS_ZH if CHINESE else SANS,
        "font-stack--monospace": MONO,
        "color-brand-primary": "#0b6b5d",
        "color-brand-content": "#0b6b5d",
        "color-brand-visited": "#0b6b5d",
    },
    "dark_css_variables": {
        "color-brand-primary": "#5fcdb9",
        "color-brand-content": "#5fcdb9",
        "color-brand-visited": "#5fcdb9",
    },
}


class SearchChinese(SearchLanguage):
    """Chinese is found by its pairs of characters, everything else by its words.

    Sphinx's own cuts the pages into words by jieba, and what the reader types not at all: a search finds only what
    jieba happened to cut the same way. Pairs need no dictionary and are the same on both sides: what is typed is
    found wherever its pairs all stand.
    """

    lang = "cjk"
    language_name = "Chinese"
    js_splitter_code = """
function splitQuery(query) {
  const terms = [];
  for (const run of query.toLowerCase().match(/[\\u3400-\\u9fff]+|[a-z0-9_]+/g) || []) {
    if (!/[\\u3400-\\u9fff]/.test(run) || run.length === 1) { terms.push(run); continue; }
    for (let at = 0; at + 1 < run.length; at++) terms.push(run.slice(at, at + 2));
  }
  return terms;
}
"""
    _runs = re.compile(r"[\u3400-\u9fff]+|[a-z0-9_]+")

    def split(self, input: str) -> List[str]:
        """Terms of a text: characters and their pairs, and words."""
        terms: List[str] = []
        for run in self._runs.findall(input.lower()):
            chinese = ord(run[0]) >= 0x3400
            terms += [run[at : at + 2] for at in range(len(run) - 1)] + list(run) if chinese else [run]
        return terms

    def word_filter(self, word: str) -> bool:
        """All of them are kept."""
        return bool(word)


MARK = re.compile(r"[\u3000-\u303f\uff00-\uffef\u201c\u201d]")
"""Chinese punctuation: beside it there is no space."""
WIDE = re.compile(r"[\u3400-\u9fff]")


def join_lines(_app: Sphinx, doctree: nodes.document) -> None:
    """Put lines of Chinese together: HTML would show the end of each as a space."""
    for text in list(doctree.findall(nodes.Text)):
        parent = text.parent
        if text.astext() != "\n" or isinstance(parent, nodes.literal_block):
            continue
        at = parent.index(text)
        before, after = parent[at - 1].astext() if at else "", "".join(each.astext() for each in parent[at + 1 :])
        ends = (before[-1:], after[:1])
        if any(map(MARK.match, ends)) or all(map(WIDE.match, ends)):
            parent.remove(text)


def setup(app: Sphinx) -> None:
    """What Sphinx calls."""
    app.add_search_language(SearchChinese)
    if CHINESE:
        app.connect("doctree-read", join_lines)
