"""``destinations list|test|update|pause|resume``, beside a service and without one."""

import json

import pytest
from command import command, running_service, until, write_config


def destinations(url):
    return f"""
license_key = "LICENCE"
[[destination]]
name = "platform"
url = "{url}"
period_s = 5
user_types = ["vip"]
scene = false
headers = {{ X-Key = "hidden" }}
signing_secrets = ["whsec_aGlkZGVuaGlkZGVuaGlkZGVuaGlkZGVu"]
[[destination]]
name = "gate"
url = "http://127.0.0.1:9/RealTimeEvent"
layout = "se3"
[[destination]]
name = "off"
url = "http://127.0.0.1:9/HistoryEvent"
layout = "g1"
enabled = false
"""


def configured(folder, url):
    """The licence key belongs above the first table."""
    config = write_config(folder)
    key, _, tables = destinations(url).strip().partition("\n")
    config.write_text(f"{key}\n{config.read_text()}\n{tables}\n")
    return config


def listed(config):
    ended = command("destinations", "list", "--config", config)
    assert ended.returncode == 0, ended
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in ended.stdout.splitlines()]
    return {row[0]: row[1:] for row in rows if row}


def test_beside_a_service_destinations_are_listed_paused_resumed_and_tried(folder, platform):
    """What is told is what the service does."""
    config = configured(folder, platform.url)
    with running_service(config, "--only", "report"):
        rows = listed(config)
        assert rows["platform"] == [
            *("g2", platform.url, "idle", "0", "0", "0", ""),
            "only vip; without scene; signed",
        ]
        assert rows["gate"][0] == "se3"
        assert rows["off"][2] == "disabled"

        assert command("destinations", "pause", "platform", "--config", config).returncode == 0
        until(lambda: listed(config)["platform"][2] == "paused", "the pause")
        assert command("destinations", "resume", "platform", "--config", config).returncode == 0
        until(lambda: listed(config)["platform"][2] == "idle", "the end of the pause")

        tried = command("destinations", "test", "platform", "--config", config)
        assert tried.returncode == 0, tried
        assert "platform: HTTP 200 after" in tried.stdout
        assert "> POST /HistoryEvent HTTP/1.1" in tried.stdout
        assert "> User-Agent: sophon-report" in tried.stdout
        [event] = platform.events
        assert (event["identity_name"], event["mq_license_key"]) == ("test", "LICENCE")
        assert event["event_id"].startswith("test-")

        refused = command("destinations", "test", "gate", "--config", config)
        assert refused.returncode == 1
        assert "gate: no answer after" in refused.stdout

        for action, name in (("pause", "nobody"), ("resume", "nobody"), ("test", "nobody")):
            ended = command("destinations", action, name, "--config", config)
            assert ended.returncode == 1
            assert f"destination named {name}" in ended.stderr


def test_without_a_service_a_destination_is_tried_with_the_settings(folder, platform):
    """The command posts itself; nothing is made on the disk."""
    config = configured(folder, platform.url)
    before = sorted(folder.rglob("*"))
    tried = command("destinations", "test", "platform", "--json", "--config", config)
    assert (tried.returncode, json.loads(tried.stdout)["hops"][0]["status"]) == (0, 200)
    assert platform.events[0]["mq_license_key"] == "LICENCE"
    assert command("destinations", "test", "nobody", "--config", config).returncode == 1
    assert sorted(folder.rglob("*")) == before


def test_without_a_service_destinations_are_those_of_the_next_start(folder):
    """With what they lack, once there is a journal."""
    config = configured(folder, "http://127.0.0.1:9/HistoryEvent")
    assert listed(config)["platform"][2:4] == ["service stopped", ""]
    with running_service(config, "--only", "report"):
        pass
    rows = listed(config)
    assert rows["platform"][2:4] == ["service stopped", "0"]
    assert rows["off"][2] == "disabled"


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_what_is_not_stored_yet_cannot_be_paused(folder, action):
    """Status 1, and what to do instead; a name that nobody has is unknown."""
    config = configured(folder, "http://127.0.0.1:9/")
    ended = command("destinations", action, "platform", "--config", config)
    assert ended.returncode == 1
    assert "not stored before the service has run once" in ended.stderr
    assert "enabled = false" in ended.stderr
    ended = command("destinations", action, "nobody", "--config", config)
    assert (ended.returncode, "no destination named nobody" in ended.stderr) == (1, True)


def test_a_pause_lasts_until_it_is_ended_with_the_service_or_without(folder, platform):
    """Over restarts, whoever noted it; what waited goes out when it is over."""
    config = configured(folder, platform.url)

    def told(action):
        ended = command("destinations", action, "platform", "--config", config)
        assert ended.returncode == 0, ended
        return ended.stdout

    with running_service(config, "--only", "report"):
        assert "platform: paused until it is resumed" in told("pause")
    assert listed(config)["platform"][2] == "paused, service stopped"
    with running_service(config, "--only", "report"):
        until(lambda: listed(config)["platform"][2] == "paused", "the pause of the run before")
    assert "platform: resumed" in told("resume")
    assert "platform: paused" in told("pause")
    with running_service(config, "--only", "report"):
        until(lambda: listed(config)["platform"][2] == "paused", "the pause that was noted without a service")
        told("resume")
        until(lambda: listed(config)["platform"][2] == "idle", "the end of the pause")
    ended = command("destinations", "pause", "off", "--config", config)
    assert "off: paused until it is resumed; it is switched off in the settings all the same" in ended.stdout


def test_a_secret_is_changed_in_the_file_and_taken_over_with_the_service_or_without(folder, platform):
    """What is stored counts until then; place and pause stay, and the other destinations are as they were."""
    config = configured(folder, platform.url)

    def change(old, new):
        config.write_text(config.read_text().replace(old, new))

    def told(action):
        ended = command("destinations", action, "platform", "--config", config)
        assert ended.returncode == 0, ended
        return ended.stdout

    with running_service(config, "--only", "report"):
        assert "platform: was as the settings file says" in told("update")
        told("pause")
        change('["whsec_', '["whsec_bmV3bmV3bmV3bmV3bmV3bmV3bmV3bmV3", "whsec_')
        doctor = command("doctor", "--config", config).stdout
        assert "is not as in the settings file: `destinations update platform` takes that over" in doctor
        assert told("test").count(" v1,") == 1
        assert "platform: as the settings file says" in told("update")
        assert told("test").count(" v1,") == 2
        assert listed(config)["platform"][2] == "paused"
    change("scene = false", "face = false")
    assert listed(config)["platform"][-1] == "only vip; without scene; signed"
    told("update")
    assert listed(config)["platform"][-1] == "only vip; without face; signed"
    assert "settings file:" not in command("doctor", "--config", config).stdout


def test_only_what_the_file_names_and_the_store_has_is_taken_over(folder):
    """Status 1, and why."""
    config = configured(folder, "http://127.0.0.1:9/")
    ended = command("destinations", "update", "platform", "--config", config)
    assert (ended.returncode, "not stored before the service has run once" in ended.stderr) == (1, True)
    with running_service(config, "--only", "report"):
        pass
    config.write_text(config.read_text().replace('name = "off"', 'name = "other"'))
    ended = command("destinations", "update", "off", "--config", config)
    assert (ended.returncode, "the settings file has no destination named off" in ended.stderr) == (1, True)


def test_the_list_in_json_has_every_setting_and_figure_and_no_secret(folder, platform):
    """With a service and without one."""
    config = configured(folder, platform.url)

    def told():
        ended = command("destinations", "list", "--json", "--config", config)
        assert ended.returncode == 0, ended
        assert "hidden" not in ended.stdout
        assert "whsec" not in ended.stdout
        return {row["name"]: row for row in json.loads(ended.stdout)["destinations"]}

    with running_service(config, "--only", "report"):
        until(lambda: told()["platform"]["state"] == "idle", "the worker")
        rows = told()
        row = rows["platform"]
        assert (row["backlog"], row["backlog_bytes"], row["oldest_ms"], row["dropped"]) == (0, 0, None, 0)
        assert (row["passed_over"], row["last_status"], row["next_try_ms"] is None) == (0, None, False)
    rows = told()
    row = rows["platform"]
    assert (row["state"], row["backlog"], row["lost"]) == ("service stopped", 0, None)
    assert row["filter"] == {"device_ids": [], "user_types": ["vip"], "min_score_pct": 0.0}
    assert row["transport"]["headers"] == {"X-Key": "***"}
    assert (row["content"]["scene"], row["in_flight"], row["paused"]) == (False, 1, False)
    assert (rows["off"]["state"], rows["off"]["terms"]) == ("disabled", "")


def test_journal_stat_tells_how_each_destination_is_told_and_what_it_lost(folder):
    """The loss only beside a service: it is counted there."""
    config = configured(folder, "http://127.0.0.1:9/HistoryEvent")

    def stat():
        told = json.loads(command("journal", "stat", "--json", "--config", config).stdout)
        return told["destinations"]["platform"]

    with running_service(config, "--only", "report"):
        until((folder / "d" / "journal" / "cursors" / "platform.cursor").exists, "a place of the destination")
        told = stat()
    assert {key: told[key] for key in ("layout", "content_type", "period_s", "lost")} == {
        "layout": "g2",
        "content_type": "json",
        "period_s": 5.0,
        "lost": 0,
    }
    assert (told["backlog"], stat()["lost"]) == (0, None)
