"""The installer, into a system image below a folder: the program in the bundle is small, the rest as on a box."""

import os
import re
import shutil
import signal
import struct
import subprocess
from contextlib import closing

import pytest
from fake_bundle import INSTALLER, Box, list_files, make_bundle, put_program, write_zip

from sophon_report.delivery.journal import segment
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.bulk.kept_files import count_files, forget_files
from sophon_report.store.database import STORE, Database

INSTALL = "install.sh"
KEY = "removed_key"


@pytest.fixture
def box(tmp_path):
    return Box(tmp_path)


@pytest.fixture
def bundle(tmp_path):
    return make_bundle(tmp_path, "0.1.0")


@pytest.fixture(scope="module")
def a_box_with_it(tmp_path_factory):
    """0.1.0 was installed once for all."""
    folder = tmp_path_factory.mktemp("first")
    box = Box(folder)
    box.installed(make_bundle(folder, "0.1.0") / INSTALL)
    return box


@pytest.fixture
def installed(a_box_with_it, tmp_path):
    """A box with 0.1.0."""
    return a_box_with_it.copied(tmp_path)


def tree(folder):
    """Every path below it but what a run always touches, with what tells one file from another."""
    return {
        path.relative_to(folder): (path.lstat().st_mtime_ns, path.lstat().st_ino)
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
        if path.name not in (".install-lock", "restore")
    }


def test_it_is_plain_posix_shell():
    """Dash reads it; what shellcheck says of it is asked by ``scripts/check``."""
    assert subprocess.run(["sh", "-n", INSTALLER], check=False).returncode == 0


def test_a_first_install_puts_everything_in_its_place_and_a_second_changes_nothing(box, bundle):
    said = box.installed(bundle / INSTALL)
    assert "sophon-report 0.1.0 is installed" in said
    assert (box.link("current"), box.link("previous"), box.link("restore")) == (
        "0.1.0",
        None,
        "current/install.sh",
    )
    assert box.program_version() == "sophon-report 0.1.0"
    script = (box.base / "current" / "venv" / "bin" / "sophon-report").read_text()
    assert script.startswith("#!/data/sophon-report/0.1.0/venv/bin/python\n")
    assert (box.base / "etc").stat().st_mode & 0o777 == 0o750
    assert box.var.stat().st_mode & 0o777 == 0o700
    assert 'data_dir = "/data/sophon-report/var"' in (box.base / "etc" / "config.toml").read_text()
    assert (box.var / "models" / "BM1684X" / "detector.bmodel").read_text() == "a chip model of 0.1.0"
    units = box.root / "etc" / "systemd" / "system"
    assert (units / "sophon-report.service").read_text() == (
        bundle / "systemd" / "sophon-report.service"
    ).read_text()
    assert list(units.glob("*.wants/sophon-*"))
    before = tree(box.root)
    box.installed(bundle / INSTALL)
    assert tree(box.root) == before


def test_only_checking_touches_nothing(box, bundle):
    said = box.installed(bundle / INSTALL, "--check")
    assert "bundle 0.1.0, checksums right" in said
    assert not list(box.root.iterdir())


def damage(bundle, box):
    (bundle / "models" / "detector.onnx").write_text("another model")


def slip_in(bundle, box):
    write_zip(bundle / "wheelhouse" / "numpy-9-py3-none-any.whl", {})


def other_machine(bundle, box):
    (bundle / "ARCH").write_text("riscv64\n")
    list_files(bundle)


def other_python(bundle, box):
    (bundle / "PYTHON").write_text("3.7\n")
    list_files(bundle)


def no_year(bundle, box):
    put_program(box.folder / "bin", "date", 'case "$1" in +%Y) echo 1970 ;; *) exec /bin/date "$@" ;; esac')


def old_libc(bundle, box):
    put_program(box.folder / "bin", "getconf", "echo glibc 2.24")


def full_disk(bundle, box):
    put_program(box.folder / "bin", "df", "echo head; echo /dev/x 100 90 1000 90% /data")


def no_bundle(bundle, box):
    shutil.rmtree(bundle / "wheelhouse")


REFUSALS = [
    (damage, "the bundle is damaged"),
    (slip_in, "numpy-9-py3-none-any.whl"),
    (other_machine, "take the other bundle"),
    (other_python, "the bundle is for Python 3.7"),
    (no_year, "date -s"),
    (old_libc, "glibc 2.24"),
    (full_disk, "MiB are needed"),
    (no_bundle, "is no unpacked bundle"),
]


@pytest.mark.parametrize(("spoil", "words"), REFUSALS, ids=[spoil.__name__ for spoil, _ in REFUSALS])
def test_what_cannot_work_is_refused_before_anything_is_touched(box, bundle, spoil, words):
    """With what is wrong and what to do; the exit status tells, with --check as well."""
    (box.folder / "bin").mkdir()
    spoil(bundle, box)
    ended = box.install(bundle / INSTALL, path=box.folder / "bin")
    assert ended.returncode == 1
    assert words in ended.stdout
    assert "nothing was touched" in ended.stdout
    assert not list(box.root.iterdir())


def test_an_old_python_is_refused(box, bundle):
    old = put_program(box.folder / "bin", "python3.5", "exit 1")
    ended = box.install(bundle / INSTALL, "--check", "--python", old / "python3.5")
    assert ended.returncode == 1
    assert "older than 3.8" in ended.stdout


def test_a_wrong_command_line_ends_with_2(box, bundle):
    for words in (["--upgrade"], ["--key"], ["--wait-s", "soon"]):
        assert box.install(bundle / INSTALL, *words).returncode == 2


def test_messages_are_chinese_where_the_language_is(box, bundle):
    said = box.installed(bundle / INSTALL, "--check", LC_ALL="zh_CN.UTF-8")
    assert "校验和正确" in said
    assert "checksums" not in said


def test_once_a_key_was_given_later_bundles_must_be_signed_with_it(box, bundle):
    """One that is not is refused, whoever made its checksums."""
    key, public = box.folder / "key.pem", box.folder / "public.pem"
    make = ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out"]
    subprocess.run([*make, key], check=True)
    subprocess.run(["openssl", "ec", "-in", key, "-pubout", "-out", public], check=True, stderr=subprocess.DEVNULL)
    sums = bundle / "SHA256SUMS"
    sign = ["openssl", "dgst", "-sha256", "-sign", key, "-out", f"{sums}.sig"]
    assert box.install(bundle / INSTALL, "--check", "--key", public).returncode == 1
    subprocess.run([*sign, sums], check=True)
    assert "signature right" in box.installed(bundle / INSTALL, "--key", public)
    newer = make_bundle(box.folder, "0.2.0")
    ended = box.install(newer / INSTALL)
    assert ended.returncode == 1
    assert "the signature is missing" in ended.stdout
    assert box.link("current") == "0.1.0"


def test_an_update_keeps_the_settings_and_the_last_two_versions(installed):
    box = installed
    config = box.base / "etc" / "config.toml"
    config.write_text(config.read_text() + "\n[visit]\ngap_s = 5  # ours\n")
    mine = config.read_text()
    for version in ("0.2.0", "0.10.0"):
        box.installed(make_bundle(box.folder, version) / INSTALL)
    assert box.versions() == ["0.10.0", "0.2.0"]
    assert (box.link("current"), box.link("previous")) == ("0.10.0", "0.2.0")
    assert config.read_text() == mine
    assert (box.var / "models" / "BM1684X" / "detector.bmodel").read_text() == "a chip model of 0.10.0"


def test_settings_that_the_new_version_does_not_know_stop_the_update(installed):
    box = installed
    config = box.base / "etc" / "config.toml"
    config.write_text(f"{config.read_text()}\n{KEY} = 1\n")
    ended = box.install(make_bundle(box.folder, "0.2.0", refused=[KEY]) / INSTALL)
    assert ended.returncode == 1
    assert f"{KEY}: unknown key" in ended.stdout
    assert (box.link("current"), box.program_version()) == ("0.1.0", "sophon-report 0.1.0")


def test_another_build_of_the_same_version_goes_beside_it(installed, bundle):
    box = installed
    (bundle / "models" / "detector.onnx").write_text("built again")
    list_files(bundle)
    box.installed(bundle / INSTALL)
    assert box.link("previous") == "0.1.0"
    assert re.fullmatch("0.1.0-[0-9a-f]{8}", box.link("current"))


def cut_power(box, script, program, when):
    """Run ``script`` and kill all of it before the call of ``program`` that ``when`` tells: was it made."""
    count = box.folder / "count"
    count.write_text("0")
    real = shutil.which(program)
    do = f'n=$(($(cat {count}) + 1)); echo $n > {count}; {when} && kill -9 0; exec {real} "$@"'
    ended = box.install(script, path=put_program(box.folder / "bin", program, do))
    (box.folder / "bin" / program).unlink()
    assert ended.returncode in (0, -signal.SIGKILL), ended.stdout
    return ended.returncode != 0


@pytest.fixture
def updates(installed, tmp_path):
    """Makes a box with 0.1.0 and people in its store, again and again, and the bundle of 0.2.0."""
    installed.write_store("store.sqlite", 11, ["kept"])
    newer = make_bundle(tmp_path, "0.2.0", store_form=12)

    def make(name):
        (tmp_path / name).mkdir()
        return installed.copied(tmp_path / name), newer / INSTALL

    return make


def hold_cut(box, script, program, when):
    """Which version is current after the power went, whole; a second run ends the update. ``None``: it stayed."""
    if not cut_power(box, script, program, when):
        return None
    found = box.link("current")
    assert box.program_version() == f"sophon-report {found}"
    box.installed(script)
    assert (box.link("current"), box.link("previous"), box.versions()) == ("0.2.0", "0.1.0", ["0.1.0", "0.2.0"])
    assert box.program_version() == "sophon-report 0.2.0"
    assert box.read_store("store.sqlite") == (11, ["kept"])
    assert (box.var / "before-update" / "store.sqlite").exists()
    assert not list(box.base.rglob("*.part"))
    assert not (box.base / ".switching").exists()
    return found


def test_power_cut_before_a_rename_leaves_a_whole_version_and_a_second_run_ends_the_update(updates):
    """At the two that count most: of the version, and of the link. All others are in the long test."""
    for name in ("0.2.0.part", ".current.new"):
        assert hold_cut(*updates(name), "mv", f'case "$*" in *{name}*) true ;; *) false ;; esac') == "0.1.0"


@pytest.mark.long
@pytest.mark.parametrize("program", ["mv", "sync", "ln", "cp", "rm", "mkdir", "sed", "rmdir"])
def test_power_cut_before_any_other_step_does_so_as_well(updates, program):
    found = []
    for at in range(1, 200):
        box, script = updates(f"{program}-{at}")
        version = hold_cut(box, script, program, f"[ $n = {at} ]")
        shutil.rmtree(str(box.folder))
        if version is None:
            break
        found.append(version)
    assert found == sorted(found)


def test_the_way_back_puts_the_store_of_then_in_place_where_the_older_version_cannot_read_the_newer(installed):
    """The journal stays; the newer store is kept beside, and who was removed since and is back is named."""
    box = installed
    box.write_store("store.sqlite", 11, ["anna", "removed-since"])
    box.write_store("events.sqlite", 2)
    (box.var / "journal").mkdir()
    events = box.var / "journal" / "00000000000000000001.journal"
    accepted = segment.encode_header(segment.SegmentHeader(b"mark", 1, 2))
    events.write_bytes(accepted)
    newer = make_bundle(box.folder, "0.2.0", store_form=12)
    assert "keeping a copy" in box.installed(newer / INSTALL)
    box.write_store("store.sqlite", 12, ["anna", "added-since"])
    events.write_bytes(accepted + b"more")
    said = box.installed(newer / INSTALL, "--rollback")
    assert (box.link("current"), box.link("previous")) == ("0.1.0", "0.2.0")
    assert box.read_store("store.sqlite") == (11, ["anna", "removed-since"])
    assert box.read_store("after-update/store.sqlite") == (12, ["added-since", "anna"])
    assert box.read_store("events.sqlite")[0] == 2
    assert events.read_bytes() == accepted + b"more"
    assert "people who were removed since and are back: removed-since" in said


def test_an_older_bundle_installed_again_is_a_way_back_too(installed, bundle):
    """It gets its store, and the newer one is kept where the installer says."""
    box = installed
    box.write_store("store.sqlite", 11, ["then"])
    box.installed(make_bundle(box.folder, "0.2.0", store_form=12) / INSTALL)
    box.write_store("store.sqlite", 12, ["now"])
    assert "the newer file is in" in box.installed(bundle / INSTALL)
    assert (box.program_version(), box.link("previous")) == ("sophon-report 0.1.0", "0.2.0")
    assert box.read_store("store.sqlite") == (11, ["then"])
    assert box.read_store("after-update/store.sqlite") == (12, ["now"])


def test_a_store_that_the_older_version_can_read_stays_as_it_is_on_the_way_back(installed):
    box = installed
    box.write_store("store.sqlite", 11, ["anna"])
    newer = make_bundle(box.folder, "0.2.0")
    box.installed(newer / INSTALL)
    assert not (box.var / "before-update").exists()
    box.write_store("store.sqlite", 11, ["anna", "added-since"])
    box.installed(box.base / "current" / INSTALL, "--rollback")
    assert box.link("current") == "0.1.0"
    assert box.read_store("store.sqlite") == (11, ["added-since", "anna"])


def test_a_version_that_cannot_read_the_store_or_the_journal_is_not_gone_back_to(installed):
    """Events in a journal that it cannot read would be lost for their receivers."""
    box = installed
    newer = make_bundle(box.folder, "0.2.0", store_form=12, journal_form=2)
    box.installed(newer / INSTALL)
    box.write_store("store.sqlite", 12)
    ended = box.install(newer / INSTALL, "--rollback")
    assert ended.returncode == 1
    assert "has no copy for it" in ended.stdout
    box.write_store("store.sqlite", 11)
    (box.var / "journal").mkdir()
    header = b"?" * 12 + struct.pack("<H", 2)
    (box.var / "journal" / "00000000000000000001.journal").write_bytes(header)
    ended = box.install(newer / INSTALL, "--rollback")
    assert ended.returncode == 1
    assert "cannot read the events in the journal" in ended.stdout
    assert box.link("current") == "0.2.0"


def test_without_a_version_before_there_is_no_way_back(installed):
    box = installed
    ended = box.install(box.base / "current" / INSTALL, "--rollback")
    assert ended.returncode == 1
    assert "no version before" in ended.stdout


def test_restore_puts_back_what_an_update_of_the_system_took(installed):
    """Units, and an environment whose Python has gone."""
    box = installed
    shutil.rmtree(str(box.root / "etc"))
    python = box.base / "current" / "venv" / "bin" / "python"
    python.unlink()
    os.symlink("/usr/bin/python3.99", str(python))
    box.installed(box.base / "restore")
    assert (box.root / "etc" / "systemd" / "system" / "sophon-report.service").exists()
    assert box.program_version() == "sophon-report 0.1.0"


def test_uninstall_keeps_settings_and_data_and_purge_asks(installed, bundle):
    box = installed
    box.write_store("store.sqlite", 11, ["anna"])
    box.installed(box.base / "current" / INSTALL, "--uninstall")
    assert sorted(path.name for path in box.base.iterdir()) == ["etc", "var"]
    assert not list((box.root / "etc" / "systemd" / "system").glob("sophon-*"))
    box.installed(bundle / INSTALL)
    assert box.read_store("store.sqlite") == (11, ["anna"])
    script = box.base / "current" / INSTALL
    ended = box.install(script, "--uninstall", "--purge")
    assert ended.returncode == 1
    assert "not confirmed" in ended.stdout
    assert box.link("current") == "0.1.0"
    box.installed(script, "--uninstall", "--purge", "--yes")
    assert not box.base.exists()


def test_what_an_install_that_failed_late_left_can_be_removed(box, bundle):
    """And so can nothing at all: a package that could not be configured stayed for ever."""
    write_zip(bundle / "wheelhouse" / "pip-0-py3-none-any.whl", {"pip/__main__.py": "raise SystemExit(1)\n"})
    list_files(bundle)
    ended = box.install(bundle / INSTALL)
    assert (ended.returncode, box.versions()) == (1, [])
    assert "the Python environment could not be made" in ended.stdout
    assert "removed" in box.installed(bundle / INSTALL, "--uninstall")
    assert not list(box.base.iterdir())
    assert "nothing was touched" in box.installed(bundle / INSTALL, "--uninstall", "--purge", "--yes")


def test_erasing_a_person_removes_the_copies_of_the_store_that_an_update_kept(installed):
    """They are in them."""
    box = installed
    box.write_store("store.sqlite", 11, ["anna"])
    box.installed(make_bundle(box.folder, "0.2.0", store_form=12) / INSTALL)
    assert count_files(DataDir(box.var)) == 1
    forget_files(DataDir(box.var))
    assert not list((box.var / "before-update").iterdir())


def test_what_the_installer_reads_of_a_version_is_where_it_looks(tmp_path):
    """Migrations by their names, the journal's form in the code and in a segment, and a table of the store."""
    source = (segment.__file__, r"^VERSION = (\d+)$")
    with open(source[0], encoding="utf-8") as file:
        assert re.findall(source[1], file.read(), re.MULTILINE) == [str(segment.VERSION)]
    header = segment.encode_header(segment.SegmentHeader(b"mark", 1, 2))
    assert struct.unpack_from("<H", header, 12) == (segment.VERSION,)
    newest = max(int(path.name[:4]) for path in STORE.migrations.glob("*.sql"))
    with closing(Database.open(tmp_path / "store.sqlite")) as database:
        assert database.rows("PRAGMA user_version") == [(newest,)]
        assert database.rows("SELECT identity_id FROM person") == []
