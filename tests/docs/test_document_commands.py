"""Every command of the documents works as it is written there, against a running service."""

import shutil

import pytest
from document import DOCS, everything, read
from page_box import page_box


def commands(page):
    """Blocks of a page that are run."""
    return [block for block in page.blocks if block.language == "sh" and not block.not_run]


def typed(page):
    return [block.text for block in commands(page)]


def to_run():
    """Pages with commands; one in Chinese only where it says another thing than the English one."""
    for page in everything():
        english = DOCS / "en" / page.path.relative_to(DOCS / "zh") if DOCS / "zh" in page.path.parents else None
        if commands(page) and not (english and english.exists() and typed(read(english)) == typed(page)):
            yield page


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not there")
@pytest.mark.parametrize("page", list(to_run()), ids=str)
def test_the_commands_of_a_page_work_in_the_order_in_which_they_stand(page):
    """In one shell."""
    with page_box() as box:
        ran = box.run(commands(page))
    assert ran.status == 0, f"{page}:{ran.line}: a command of this block ended with {ran.status}\n{ran.said}"


def test_a_failing_command_is_told_with_the_line_of_its_block(tmp_path):
    """And what stands after it is not run."""
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\n```sh\ntrue\n```\n\n```sh\ncurl -fs http://box:5555/nowhere\n```\n\n```sh\nfalse\n```\n"
    )
    with page_box() as box:
        ran = box.run(commands(read(page)))
    assert (ran.status, ran.line) == (22, 7)
    assert "/nowhere" in ran.said


def test_commands_reach_the_service_and_its_files_and_one_that_goes_on_lets_the_next_begin(tmp_path):
    """By the names that the documents use."""
    page = tmp_path / "page.md"
    page.write_text(
        "# A page\n\n```sh\n"
        "curl -fsS http://box:5555/healthz | grep -q status\n"
        'curl -fsS -H "Authorization: Bearer $TOKEN" http://box:5555/api/v1/people | grep -q Ada\n'
        "sophon-report journal stat --config /data/sophon-report/etc/config.toml\n"
        "```\n\n<!-- goes on until: Ada -->\n```sh\nsophon-report watch ws://box:5679 --images faces\n```\n\n"
        "```sh\nls faces | grep -q jpg\n```\n"
    )
    with page_box() as box:
        ran = box.run(commands(read(page)))
    assert ran.status == 0, ran.said
