"""Past events as files: right rows, harmless cells, nothing of whoever was erased."""

import csv
import io
import zipfile

import pytest
from past_visits import ADA, at_ms, face_jpeg, visits_box
from running_box import MODEL, until, vector

from sophon_report.model import Person, PersonFace
from sophon_report.report.bulk import event_sheet

EVIL = '=HYPERLINK("http://evil","张三")'


@pytest.fixture(scope="module")
def box(tmp_path_factory):
    with visits_box(tmp_path_factory.mktemp("x")) as running:
        yield running


def exported(box, query="", **wish):
    started = box.ask("POST", f"/api/v1/events/export{query}", wish)
    assert started.status == 202, started.body
    path = f"/api/v1/jobs/{started.body['job_id']}"
    until(lambda: box.ask("GET", path).body["finished_ms"], "the end of the job")
    job = box.ask("GET", path).body
    assert job["state"] == "done", job
    return job["result"]


def fetched(box, result):
    return box.raw("GET", f"/api/v1/events/exports/{result['file']}")


def table(raw):
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


def test_a_csv_has_the_events_that_the_filter_lets_pass(box):
    """The newest first, by the clock that was asked for, with a BOM, to be saved and not shown."""
    result = exported(box, "?device_id=yard", language="zh", utc_offset_min=480)
    assert (result["events"], result["cut"]) == (2, False)
    answer = fetched(box, result)
    assert answer.body.startswith(event_sheet.BOM)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{result["file"]}"'
    head, *rows = table(answer.body)
    assert head[:2] == ["事件", "进入 (UTC+08:00)"]
    assert [row[7] for row in rows] == ["Ada Lovelace", "张三丰"]
    assert rows[1][3] == event_sheet.time_of(at_ms(2), 480)
    assert box.ask("GET", "/api/v1/events/exports").body["exports"][0]["name"] == result["file"]


def test_a_zip_has_the_pictures_too(box):
    """Each row names its own."""
    result = exported(box, f"?identity_id={ADA}", format="zip", pictures=["face", "scene"])
    with zipfile.ZipFile(io.BytesIO(fetched(box, result).body)) as archive:
        rows = table(archive.read("events.csv"))[1:]
        assert [archive.read(row[-2]) for row in rows] == [face_jpeg(4), face_jpeg(1)]
        assert len(archive.namelist()) == 5
    assert box.ask("DELETE", f"/api/v1/events/exports/{result['file']}", {}).status == 200
    assert fetched(box, result).status == 404


@pytest.mark.parametrize("name", ["..%2Fstore.sqlite", "people-20260101-000000-00000000.tar", "events.csv"])
def test_nothing_else_is_fetched_by_that_name(box, name):
    """Neither outside of the folder nor another kind of export."""
    assert box.raw("GET", f"/api/v1/events/exports/{name}").status == 404


def test_no_cell_is_a_formula_and_whoever_was_erased_is_in_no_export(tmp_path):
    """A name is what somebody typed; and a file that holds somebody goes with them."""
    with visits_box(tmp_path / "e") as box:
        shown = PersonFace("f-evil", "p-evil", b"\xff\xd8 photo", vector("mallory"), MODEL)
        box.call(box.process.people.add, Person("E-9", EVIL), [shown])
        box.vision.visit("mallory")
        until(lambda: box.ask("GET", "/api/v1/events?identity_id=E-9").body["total"] == 1, "the event")
        result = exported(box, "?identity_id=E-9")
        [_, row] = table(fetched(box, result).body)
        assert row[7] == "'" + EVIL
        box.ask("DELETE", "/api/v1/people", {"identity_id": "E-9"})
        until(lambda: box.ask("GET", "/api/v1/people/erasing").body["state"] == "done", "the erasing")
        assert fetched(box, result).status == 404
        assert not list(box.place.exports.glob("events-*"))


def test_reading_the_journal_anew_is_a_job(box):
    """It is told as before, and among the jobs."""
    begun = box.ask("POST", "/api/v1/events/reindex", {}).body
    until(lambda: box.ask("GET", "/api/v1/events/reindex").body["state"] == "done", "the end")
    told = box.ask("GET", "/api/v1/events/reindex").body
    assert (told["job_id"], told["records"], told["added"]) == (begun["job_id"], 10, 0)
    job = box.ask("GET", f"/api/v1/jobs/{begun['job_id']}").body
    assert (job["kind"], job["state"], job["cancellable"]) == ("events_reindex", "done", True)
