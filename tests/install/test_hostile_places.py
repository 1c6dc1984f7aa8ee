"""The installer among names that somebody put there: in the bundle, in the settings, in the data folder."""

import re
import shutil

import pytest
from fake_bundle import INSTALLER, Box, make_bundle, put_program

INSTALL = "install.sh"
WRITES = r"(rm|mv|cp|ln|mkdir|rmdir|chmod|chown|chgrp|cmp|cat|find|sync|touch|install|tar)"


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path)


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(tmp_path, "0.1.0")


def test_a_link_in_a_bundle_is_refused_though_the_checksum_is_right(box, bundle):
    """What it names could be another thing by the time it is run."""
    wheel = next((bundle / "wheelhouse").glob("sophon_report-*.whl"))
    elsewhere = box.folder / "elsewhere.whl"
    wheel.rename(elsewhere)
    wheel.symlink_to(elsewhere)
    ended = box.install(bundle / INSTALL)
    assert ended.returncode == 1
    assert "neither file nor folder" in ended.stdout
    assert not list(box.root.iterdir())


def test_a_bundle_that_changes_after_it_was_looked_at_is_not_run(box, bundle):
    """The copy is held against what was looked at."""
    late = '/bin/chmod "$@"; f=$3/requirements.txt; [ "$1" != -R ] || [ ! -f "$f" ] || echo numpy >> "$f"'
    ended = box.install(bundle / INSTALL, path=put_program(box.folder / "bin", "chmod", late))
    assert ended.returncode == 1
    assert "what was copied is not what was checked" in ended.stdout
    assert box.versions() == []


def test_a_copy_that_broke_off_leaves_nothing_on_a_disk_that_is_full(box, bundle):
    """That some of it could not be copied was passed over, and what had been stayed where the service writes."""
    box.installed(bundle / INSTALL)
    full = 'case "$*" in *0.2.0.part*) echo "no space left" >&2; /bin/cp "$@"; exit 1 ;; esac; exec /bin/cp "$@"'
    newer = make_bundle(box.folder, "0.2.0")
    ended = box.install(newer / INSTALL, path=put_program(box.folder / "bin", "cp", full))
    assert "cannot copy the bundle" in ended.stdout
    assert (ended.returncode, box.versions(), box.link("current")) == (1, ["0.1.0"], "0.1.0")


def test_a_name_in_a_bundle_moves_no_cursor(box, bundle):
    (bundle / "models" / "\x1b[2Jgood").write_text("")
    said = box.install(bundle / INSTALL).stdout
    assert "[2Jgood" in said
    assert "\x1b" not in said


def test_a_data_folder_that_is_none_of_its_own_is_refused(box, bundle):
    """It would be given to the service with all in it: the `var` of the root, for one that is relative."""
    taken = box.root / "mnt" / "disk"
    taken.mkdir(parents=True)
    (taken / "thesis.txt").write_text("of somebody else")
    taken.chmod(0o755)
    config = box.base / "etc" / "config.toml"
    config.parent.mkdir(parents=True)
    for place in (
        "var",
        "/",
        "/mnt",
        "/mnt/disk",
        "/mnt/disk/../x",
        "/data/sophon-report",
        "/data/sophon-report/etc",
        "/mnt/disk/my faces",
        "/mnt/disk/100%",
        "/home/linaro/faces",
    ):
        config.write_text(f'data_dir = "{place}"\n')
        ended = box.install(bundle / INSTALL)
        assert (ended.returncode, "refused  data_dir in" in ended.stdout) == (1, True), ended.stdout
    assert box.versions() == []
    assert taken.stat().st_mode & 0o777 == 0o755
    config.write_text('data_dir = "/mnt/disk/faces"\n')
    box.installed(bundle / INSTALL)
    assert (taken / "faces" / "models").is_dir()


def test_a_data_folder_on_another_disk_is_one_that_the_units_let_the_service_write(box, bundle):
    """They named the usual one alone, and an update of the SDK took what somebody had put beside them."""
    config = box.base / "etc" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('data_dir = "/mnt/disk/faces"\n')
    box.installed(bundle / INSTALL)
    units = box.root / "etc" / "systemd" / "system"
    made = [units / f"sophon-{name}.service.d" / "data-dir.conf" for name in ("report", "vision")]
    for path in made:
        lines = path.read_text().splitlines()
        assert lines[1:3] == ["[Unit]", "RequiresMountsFor=/mnt/disk/faces"]
        assert lines[3:] == ["[Service]", "ReadWritePaths=", "ReadWritePaths=/mnt/disk/faces"]
    shutil.rmtree(str(box.root / "etc"))
    box.installed(box.base / "restore")
    assert all(path.is_file() for path in made)
    config.write_text("")
    box.installed(bundle / INSTALL)
    assert not any(path.parent.exists() for path in made)


def test_a_prefix_that_units_cannot_hold_or_that_is_no_folder_of_its_own_ends_with_2(box, bundle):
    for prefix in ("/data/a b", "/data/a|b", "/opt", "/.", "/data/../etc", "/data//x", "data/x"):
        assert box.install(bundle / INSTALL, "--prefix", prefix).returncode == 2, prefix
    assert not list(box.root.iterdir())


def test_nothing_is_purged_where_nothing_was_installed(box, bundle):
    """A prefix with a slip in it: its `etc` and `var` are of somebody else."""
    other = box.root / "srv" / "shop" / "var"
    other.mkdir(parents=True)
    ended = box.install(bundle / INSTALL, "--uninstall", "--purge", "--yes", "--prefix", "/srv/shop")
    assert ended.returncode == 0
    assert "nothing was touched" in ended.stdout
    assert other.is_dir()


def test_a_model_goes_into_no_folder_that_a_link_in_its_place_names(box, bundle):
    box.installed(bundle / INSTALL)
    model, away = box.var / "models" / "detector.onnx", box.folder / "away"
    away.mkdir()
    model.unlink()
    for name in (model, model.with_name("detector.onnx.part")):
        name.symlink_to(away)
    box.installed(make_bundle(box.folder, "0.2.0") / INSTALL)
    assert model.read_text() == "a model of 0.2.0"
    assert not model.is_symlink()
    assert list(away.iterdir()) == []


def test_half_a_copy_of_a_broken_off_update_takes_not_the_place_of_the_whole_one(box, bundle):
    """It took it, and the store that the older version can read was gone."""
    box.installed(bundle / INSTALL)
    box.write_store("store.sqlite", 11, ["anna"])
    newer = make_bundle(box.folder, "0.2.0", store_form=12) / INSTALL
    box.installed(newer)
    box.write_store("store.sqlite", 12, ["anna", "added-since"])
    (box.var / "before-update.part").mkdir()
    box.installed(newer, "--rollback")
    assert box.read_store("store.sqlite") == (11, ["anna"])


def test_root_follows_no_name_in_the_data_folder():
    """Whatever changes or reads something in there is run as the service's user, which gains nothing by it."""
    inside = re.compile(r"(?<!as_user )\b" + WRITES + r'\b [^|;&]*"\$(VAR|keep|model)[/".]')
    lines = INSTALLER.read_text().splitlines()
    found = [line.strip() for line in lines if inside.search(line)]
    making = 'mkdir -p "$BASE/etc" "$VAR" ||'
    assert [line for line in found if making not in line and 'chmod 700 "$VAR"' not in line] == []
