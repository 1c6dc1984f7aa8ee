"""The service on a chip that fails in every way it can: no event is made up, vision comes back, it is said why."""

import json
import os
import signal

import pytest
from chip_box import Street, chip_box

from sophon_report.testing.sail import Camera, Exit, Scenario, Spell

pytestmark = pytest.mark.models
SMALL = Camera(width=320, height=240, fps=10.0)


@pytest.fixture(scope="module")
def street():
    with Street() as made:
        yield made


def two_cameras(folder, street, door, **changes):
    """A service with a camera at the door that is as told and one in the yard that is good."""
    cameras = {"/door": door, "/yard": SMALL}
    scenario = Scenario(cameras=cameras, **changes)
    return chip_box(folder, [street.device("door"), street.device("yard")], scenario)


def vision_pid(box):
    return box.told("vision_started")[-1]["pid"]


def starts(box):
    return box.metric("vision_starts_total")


@pytest.mark.parametrize(("version", "status"), [("3.10.7", 0), ("3.7.0", 41)])
def test_a_library_that_ends_the_process_is_a_failure_whatever_its_status(folder, street, version, status):
    """Old versions leave by exit() on errors, and with 0 at times: vision is started again, as after a crash."""
    leaves = Exit(status, "read", Spell(after=10, calls=1, of="/door"))
    with two_cameras(folder, street, SMALL, version=version, exits=(leaves,)) as box:
        box.until(lambda: f"exit status {status}" in box.log(), "the end of vision")
        box.until(lambda: starts(box) >= 2, "another start")
        box.until_online("yard")
        assert box.pauses_s()[0] == 0.5


def test_a_crash_in_native_code_is_a_failure_like_any_other(folder, street):
    """The report process stays, and every camera comes back."""
    with two_cameras(folder, street, SMALL) as box:
        box.until_online("door", "yard")
        os.kill(vision_pid(box), signal.SIGSEGV)
        box.until(lambda: starts(box) == 2, "another start")
        assert [line["how"] for line in box.told("vision_ended")] == ["killed by SIGSEGV"]
        box.until_online("door", "yard")
        assert box.stop() == 0


def test_a_decoder_that_hangs_holding_no_lock_is_found_and_the_other_camera_comes_back(folder, street):
    """Nothing in the process is stuck but one thread: vision leaves, says for whom, and is started at once."""
    with two_cameras(folder, street, Camera(width=320, height=240, fps=10.0, hang_after=5)) as box:
        box.until_online("yard")
        box.until(lambda: box.metric("device_hangs_total", '{device="door"}') == 1, "the hang")
        box.until(lambda: len(box.told("vision_connected")) == 2, "another start")
        box.until_online("yard")
        assert "its decoder hangs: a picture was asked for 10 s ago" in box.log()
        assert starts(box) == 1, "all it had imported it had still"
        print("the yard was away for", box.away_s("yard"), "s")


def test_a_vpu_that_is_hung_again_and_again_is_kept_from_the_chip_and_the_other_camera_stays(folder, street):
    """The second time the device waits; its state and health say why, the other camera is not restarted for it."""
    with two_cameras(folder, street, Camera(width=320, height=240, fps=10.0, vpu_hung_after=5)) as box:
        box.until(lambda: "waits" in box.device("door")["reason"], "the wait")
        reason = "the chip's video unit is hung; that was the 2. time, so it waits 30 s"
        door = box.device("door")
        assert (door["state"], door["reason"][: len(reason)]) == ("offline", reason)
        assert any(f"device door: offline, {reason}" in each for each in box.reasons())
        assert box.metric("device_held_back", '{device="door"}') == 1
        box.until_online("yard")
        assert len(box.told("vision_connected")) == 3
        assert starts(box) == 1


def test_models_of_another_chip_are_named_and_cause_no_storm(folder, street):
    """Vision cannot start: health says which file, doctor too, and the pauses between the tries grow."""
    scenario = Scenario(cameras={"/yard": SMALL})
    with chip_box(folder, [street.device("yard")], scenario, written_for="BM1684X") as box:
        words = "detector_fp32_4b.bmodel cannot be loaded on this BM1684 (it is damaged, or for another chip"
        box.until(lambda: any(words in each for each in box.reasons()), "the reason")
        box.until(lambda: starts(box) >= 3, "further tries")
        assert box.pauses_s()[:2] == [0.5, 1.0]
        findings = json.loads(box.command("doctor", "--json"))
        told = [each["text"] for each in findings if (each["subject"], each["level"]) == ("health", "error")]
        assert any(words in detail for detail in told)


@pytest.mark.long
@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("detector", ("vision_leaves", "looking for faces did not end within 10 s")),
        # The numpy form of a launch keeps the interpreter to itself: nothing in the process can say a word.
        ("embedder", ("vision_killed", "a call into the chip's library kept all else from running")),
    ],
)
def test_a_launch_that_never_returns_ends_vision(folder, street, media, model, says):
    """From inside where that can still be done, from outside where not; a new process goes on."""
    works_for = {"embedder": 3, "detector": 60}[model]
    cameras = {"/door": Camera(play=str(media.video))}
    scenario = Scenario(cameras=cameras, launch_hangs=(Spell(after=works_for, of=model),))
    with chip_box(folder, [street.device("door")], scenario) as box:
        event, words = says
        box.until(lambda: any(words in line["reason"] for line in box.told(event)), "the end of vision")
        box.until(lambda: starts(box) >= 2, "another start")
        box.until_online("door")


@pytest.mark.long
def test_an_old_library_that_ends_the_process_over_a_model_or_a_camera_is_explained(
    folder, street, tmp_path_factory
):
    """It says nothing itself, but its keeper knows what was being done; the other camera is there."""
    with chip_box(folder, [street.device("yard")], Scenario(version="3.7.0"), written_for="BM1684X") as box:
        words = "ended vision while models were loaded (exit status 21)"
        box.until(lambda: any(words in each for each in box.reasons()), "the reason")
    leaves = Exit(41, "open", Spell(of="/door"))
    second = tmp_path_factory.mktemp("s") / "d"
    with two_cameras(second, street, SMALL, version="3.7.0", exits=(leaves,)) as box:
        box.until(lambda: "waits" in box.device("door")["reason"], "the wait")
        assert "ended vision while its stream was opened (exit status 41)" in box.device("door")["reason"]
        box.until_online("yard")


@pytest.mark.long
def test_an_opening_that_stops_the_whole_process_is_blamed_on_its_camera(folder, street):
    """Old versions keep the interpreter to themselves meanwhile: who looks from another process finds out."""
    with two_cameras(folder, street, Camera(width=320, height=240, open_s=600), version="3.7.0") as box:
        box.until(lambda: "waits" in box.device("door")["reason"], "the wait")
        assert "its decoder hangs: it did not open within 11 s" in box.device("door")["reason"]
        box.until_online("yard")
        assert starts(box) == 1


@pytest.mark.long
def test_a_camera_that_hangs_again_and_again_costs_the_others_less_and_less(folder, street):
    """After the second hang it waits, is tried again, hangs and waits longer; the other one is there meanwhile."""
    with two_cameras(folder, street, Camera(width=320, height=240, fps=10.0, hang_after=5, hangs=0)) as box:
        box.until(lambda: "3. time, so it waits 2 min" in box.device("door")["reason"], "the third hang", 300)
        box.until_online("yard")
        assert len(box.told("vision_connected")) == 4
        print("the yard was away for", box.away_s("yard"), "s")


@pytest.mark.parametrize(
    ("fault", "model"),
    [
        ("launch_fails", "embedder"),
        ("stale_reads", "detector"),
        pytest.param("launch_fails", "detector", marks=pytest.mark.long),
        pytest.param("stale_reads", "embedder", marks=pytest.mark.long),
    ],
)
def test_answers_to_no_question_make_up_no_event_and_end_vision(folder, street, media, fault, model):
    """What was left in memory is nobody's face. A new process, whose chip works for a while, goes on."""
    cameras = {"/door": Camera(play=str(media.video))}
    # The embedder answers its golden questions and nothing else.
    works_for = {"embedder": 3, "detector": 60}[model]
    scenario = Scenario(cameras=cameras, **{fault: (Spell(after=works_for, of=model),)})
    with chip_box(folder, [street.device("door")], scenario, people=media.people) as box:
        box.until(lambda: box.told("vision_leaves"), "the end of vision")
        box.until(lambda: starts(box) >= 2, "another start")
        box.until_online("door")
        assert "the chip or its driver is stuck" in box.told("vision_leaves")[0]["reason"]
        assert box.stop() == 0
        known = {path.stem.partition("__")[0] for path in media.people.iterdir()} if model == "detector" else set()
        assert {visit.match.identity and visit.match.identity.identity_id for visit in box.visits()} <= known
