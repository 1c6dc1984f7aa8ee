"""``journal dead|resend|drop``, beside a service and without one."""

import asyncio
import json

import pytest
from command import command, running_service, write_config
from journal_events import visit
from waiting import until

from sophon_report.config import Journal as Settings
from sophon_report.delivery.dead_letters import DeadLetters
from sophon_report.delivery.journal import Journal
from sophon_report.delivery.journal.cursors import encode_cursor
from sophon_report.delivery.letter import letter_of

SAID = {"reason": "HTTP 400", "status": 400, "answer": "no such field", "attempts": 5}


@pytest.fixture
def config(folder, platform):
    """Settings with a destination, one in real time and one that is off."""
    return write_config(
        folder,
        f"""
[[destination]]
name = "platform"
url = "{platform.url}"
[[destination]]
name = "gate"
url = "http://127.0.0.1:9/RealTimeEvent"
layout = "se3"
[[destination]]
name = "off"
url = "{platform.url}"
enabled = false
""",
    )


def set_aside(config, *numbers, name="platform"):
    letters = DeadLetters(config.parent / "d" / "dead", name)
    for number in numbers:
        event = visit(number)
        letters.add(letter_of(number, event, **SAID, now_ms=1_760_000_009_000), event)


def said(config, action, *more):
    return command("journal", action, *more, "--config", config)


def listed(config, *more):
    return json.loads(said(config, "dead", "--json", *more).stdout)


def test_nothing_refused_is_said(config):
    """Status 0, and an empty list for programs."""
    ended = said(config, "dead")
    assert (ended.returncode, ended.stdout) == (0, "no destination has refused anything\n")
    assert listed(config) == []


def test_what_was_refused_is_listed_with_the_reason(config):
    """For people and for programs; of one destination or of all."""
    set_aside(config, 3, 7)
    set_aside(config, 5, name="off")
    rows = listed(config)
    assert [(row["destination"], row["seq"]) for row in rows] == [("off", 5), ("platform", 3), ("platform", 7)]
    assert {**rows[1], **SAID} == rows[1]
    assert [row["seq"] for row in listed(config, "platform")] == [3, 7]
    assert "HTTP 400" in said(config, "dead", "platform").stdout


def test_one_is_shown_in_full_but_for_its_pictures(config):
    """With the receiver's last words; an unknown one is said to be unknown."""
    set_aside(config, 3)
    told = json.loads(said(config, "dead", "platform", "--show", "3").stdout)
    assert (told["answer"], told["record"]["event_id"]) == ("no such field", visit(3).event_id)
    assert told["record"]["shot"]["face_jpeg"].endswith(" bytes)")
    missing = said(config, "dead", "platform", "--show", "4")
    assert (missing.returncode, missing.stderr) == (1, "sophon-report: there is no dead letter 4\n")


@pytest.mark.parametrize(("action", "name"), [("dead", "../d"), ("resend", "nobody"), ("drop", "..")])
def test_a_destination_that_is_not_there_is_said(config, action, name):
    """Whatever its name looks like."""
    ended = said(config, action, name, *([] if action == "dead" else ["--all"]))
    assert (ended.returncode, ended.stderr) == (1, f"sophon-report: there is no destination named {name}\n")


@pytest.mark.parametrize(("action", "which"), [("resend", []), ("drop", ["3", "--all"])])
def test_which_ones_must_be_said(config, action, which):
    """By their ids or all, not both: status 2."""
    assert said(config, action, "platform", *which).returncode == 2


def test_an_id_that_is_not_there_is_said_and_nothing_is_done(config):
    """The others stay as they are."""
    set_aside(config, 3)
    ended = said(config, "resend", "platform", "3", "99")
    assert (ended.returncode, ended.stderr) == (1, "sophon-report: there is no dead letter 99\n")
    assert not listed(config)[0]["resending"]


def test_in_real_time_nothing_is_sent_again(config):
    """It says what to switch on."""
    ended = said(config, "resend", "gate", "--all")
    assert ended.returncode == 1
    assert "switch its retry on first" in ended.stderr


def test_a_wish_made_without_the_service_is_carried_out_when_it_starts(config, platform):
    """By number and by event id; the others stay, and what was given up has gone."""
    set_aside(config, 3, 5, 7, 9)
    platform.status = 200
    assert said(config, "drop", "platform", "9").stdout == "platform: 1 given up\n"
    ended = said(config, "resend", "platform", "3", visit(7).event_id)
    assert ended.stdout == "platform: 2 to be sent again when the service starts\n"
    assert [row["resending"] for row in listed(config)] == [True, False, True]
    with running_service(config, "--only", "report"):
        until(lambda: [row["seq"] for row in listed(config)] == [5], "both were accepted")
        assert platform.ids() == [visit(3).event_id, visit(7).event_id]
        # and now beside the service
        assert said(config, "resend", "platform", "--all").stdout == "platform: 1 to be sent again\n"
        until(lambda: listed(config) == [], "the third was accepted")
        ended = said(config, "resend", "platform", "5")
        assert (ended.returncode, ended.stderr) == (1, "sophon-report: there is no dead letter 5\n")


def test_an_event_goes_through_refusal_and_resend_beside_a_service(config, platform):
    """Refused five times it is listed with the receiver's words; refused again it says so; then it is accepted."""
    platform.status = 422

    async def one_event(journal_dir):
        journal = Journal.open(journal_dir, Settings(), clock_ms=lambda: 1_760_000_000_000)
        await journal.start()
        await journal.append(visit(1)).accepted
        await journal.close()
        (journal_dir / "cursors").mkdir(exist_ok=True)
        for name in ("platform", "gate", "off"):
            (journal_dir / "cursors" / f"{name}.cursor").write_bytes(encode_cursor(0))

    (config.parent / "d").mkdir(exist_ok=True)
    asyncio.run(one_event(config.parent / "d" / "journal"))
    set_aside(config, 900, name="off")
    with running_service(config, "--only", "report") as service:
        until(lambda: listed(config, "platform"), "the event is set aside")
        (letter,) = listed(config, "platform")
        assert (letter["status"], letter["attempts"], platform.ids()) == (422, 5, [visit(1).event_id] * 5)
        assert letter["answer"] == "so so"
        said(config, "resend", "platform", "--all")
        until(lambda: listed(config, "platform")[0]["attempts"] == 6, "it is refused again")
        platform.status = 200
        said(config, "resend", "platform", str(letter["seq"]))
        until(lambda: listed(config, "platform") == [], "it is accepted")
        assert said(config, "resend", "off", "--all").stdout == "off: 1 to be sent again, once it is switched on\n"
        assert said(config, "drop", "off", "--all").stdout == "off: 1 given up\n"
        assert '"event":"dead_letters_given_up"' in service.log.replace(" ", "")
