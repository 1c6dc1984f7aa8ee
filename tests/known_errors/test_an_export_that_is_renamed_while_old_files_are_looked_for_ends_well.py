"""Looking for old files failed on one that had gone, failed the export, and was never done again."""

from box_traces import ended
from running_box import running_box

from sophon_report.ops.data_dir import DataDir


def test_an_export_that_is_renamed_while_old_files_are_looked_for_ends_well(tmp_path_factory):
    """A half written file that is not there when it is looked at has got its name, or was removed."""
    root = tmp_path_factory.mktemp("t") / "d"
    exports = DataDir(root).exports
    exports.mkdir(parents=True)
    (exports / "people-1.tar.part").symlink_to(exports / "nowhere")
    with running_box(root, access={"open_reads": True}) as box:
        box.register("E-1", "Ada", "ada")
        token = box.call(lambda: box.process._doorkeeper._tokens.create("bulk", 1))
        job = ended(box, box.ask("POST", "/api/v1/people/export", {}, {"Authorization": f"Bearer {token}"}))
        assert (job["state"], job["problem"]) == ("done", "")
