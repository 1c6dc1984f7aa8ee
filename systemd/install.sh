#!/bin/sh
# Puts sophon-report on a box, updates it, takes it back, puts it back after an SDK update, removes it.
#
#   /data/sophon-report/             all of it; an update of the vendor's SDK leaves /data alone
#     0.1.0/  0.2.0/                 a version each: the unpacked bundle and venv/; never written to once it has its name
#     current -> 0.2.0               the one that runs; previous -> 0.1.0, for --rollback
#     etc/config.toml  var/          settings and data, shared by the versions
#     restore -> current/install.sh  puts user, units and owners back after an SDK update
#
# The promise
#   * Nothing is touched before every check has passed; --check does only those.
#   * The link `current` is the one truth, swapped by rename. A version is built as <version>.part and renamed when it
#     is whole and on the disk. A power cut before the swap leaves the running version as it was; after it, the next
#     start runs the new one. Either way a second run goes on from there.
#   * The service stops only for the swap. What it had accepted is in the journal, which no update and no way back
#     touches; a version that could not read it is not gone back to.
#   * Before a version first starts that changes the form of the store, a copy of the store is kept in
#     var/before-update. The way back puts it in place where the older version could not read the newer store.
#   * A version that does not come up healthy is left again by itself.
#   * What lies in the data folder is the service's, and somebody may have got hold of that: root follows no name in it.
#     All that is done there is done as its user (as_user), but for giving it files, which goes by descriptors.
#
# POSIX sh, and what Ubuntu 20.04 has. Exit status: 0 done; 1 refused or failed, what ran before still runs,
# or it runs and is not healthy; 2 the command line is wrong; 3 the new version was not healthy and the one before runs again.
set -u
umask 022
unset PYTHONPATH PYTHONHOME CDPATH # the units have none either

SERVICE_USER=sophon-report
PREFIX=/data/sophon-report
ROOT=""
PYTHON=python3
KEY=""
ACTION=install
PURGE=""
YES=""
WAIT_S=90
TAKE_OVER=""
REFUSED=0
UNITS_CHANGED=""
UNWELL=""
HALF=""
COPIED=""
LEAVING=""
STORE_PLAN=""
EVENTS_PLAN=""
NEEDED_KIB_BESIDE=204800 # settings, first events
YEAR_BUILT=2025
CHIP_NODES="bm-tpu0 bm-sophon0 bmdev-ctl ion bm-vpp vpu jpu"
UNIT_DIR=/etc/systemd/system

case "${LC_ALL:-${LANG:-}}" in zh*) ZH=1 ;; *) ZH="" ;; esac

# --- what is said ----------------------------------------------------------------------------------------------------

m() { if [ -n "$ZH" ]; then printf '%s' "$2"; else printf '%s' "$1"; fi; }
# Names, logs and answers may hold what moves a terminal's cursor.
plain() { LC_ALL=C tr -d '\000-\010\013-\037\177' | LC_ALL=C sed 's/\xc2[\x80-\x9f]//g'; }
line() { printf '%s  %s\n' "$1" "$2" | plain || :; } # a terminal that has gone stops nothing
ok() { line "$(m '  ok     ' '  正常   ')" "$(m "$1" "$2")"; }
warn() { line "$(m '  warning' '  注意   ')" "$(m "$1" "$2")"; }
step() { line "==>" "$(m "$1" "$2")"; }
refuse() {
    REFUSED=$((REFUSED + 1))
    line "$(m '  refused' '  拒绝   ')" "$(m "$1" "$2")"
}
die() {
    line "$(m 'install.sh:' 'install.sh：')" "$(m "$1" "$2")" >&2
    exit "${3:-1}"
}

usage() {
    if [ -n "$ZH" ]; then
        cat << EOF
用法：install.sh [选项]
  （无选项）        检查、安装或升级到本安装包的版本，启动并等待健康
  --check           只做检查；有拒绝项时退出码为 1
  --rollback        回到上一个版本（没有上一个版本时，交还原厂服务）
  --restore         SDK 升级之后：恢复用户、服务单元、属主和 Python 环境（也可运行 $PREFIX/restore）
  --uninstall       卸载；保留 etc/ 和 var/
    --purge           连同设置和数据一起删除，需要输入名称确认，或加 --yes
  --take-over 单元  停止并禁用占用端口的原厂服务（记录在案，卸载或回退时交还）；可重复
  --key 公钥.pem    校验 SHA256SUMS.sig；公钥会保存下来，以后的安装包必须有它的签名
  --python 程序     使用哪个 Python（默认 python3；必须是 SAIL 所对应的那个）
  --wait-s 秒数     启动之后等待健康的时间（默认 $WAIT_S）
  --prefix 目录     代替 $PREFIX
  --root 目录       装入该目录下的系统镜像；不调用 systemctl 和 useradd
EOF
    else
        cat << EOF
usage: install.sh [OPTION...]
  (none)            check, install or update to the version of this bundle, start it, wait until it is healthy
  --check           only the checks; exit status 1 when something is refused
  --rollback        back to the version before (without one: hands back to the vendor's service)
  --restore         after an SDK update: user, units, owners, Python environment (the same: $PREFIX/restore)
  --uninstall       remove the program; etc/ and var/ stay
    --purge           settings and data too; asks for the name to be typed, or --yes
  --take-over UNIT  stop and disable the vendor's unit that holds a port; remembered, and given back by --uninstall
                    or --rollback; may be repeated
  --key PUB.pem     check SHA256SUMS.sig; the key is kept, and later bundles must be signed with it
  --python PROGRAM  which Python (default python3; it must be the one that SAIL was built for)
  --wait-s N        how long it may take to be healthy once it has started (default $WAIT_S)
  --prefix DIR      instead of $PREFIX
  --root DIR        into the system image below DIR; calls neither systemctl nor useradd
EOF
    fi
}

# --- places and small questions --------------------------------------------------------------------------------------

read_options() {
    while [ $# -gt 0 ]; do
        case "$1" in
            --take-over | --key | --python | --wait-s | --prefix | --root)
                [ $# -gt 1 ] || die "$1 needs a value" "$1 缺少值" 2
                ;;
        esac
        case "$1" in
            --check | --rollback | --restore | --uninstall) ACTION=${1#--} ;;
            --purge) PURGE=1 ;;
            --yes) YES=1 ;;
            --take-over) TAKE_OVER="$TAKE_OVER $(unit_name "$2")" && shift ;;
            --key) KEY=$2 && shift ;;
            --python) PYTHON=$2 && shift ;;
            --wait-s) WAIT_S=$2 && shift ;;
            --prefix) PREFIX=${2%/} && shift ;;
            --root) ROOT=${2%/} && shift ;;
            -h | --help) usage && exit 0 ;;
            *) usage >&2 && exit 2 ;;
        esac
        shift
    done
    case "$WAIT_S" in '' | *[!0-9]*) die "--wait-s takes seconds" "--wait-s 需要秒数" 2 ;; esac
    case "$PREFIX" in /?*) ;; *) die "--prefix takes an absolute path" "--prefix 需要绝对路径" 2 ;; esac
    # It goes into units and first lines of scripts, which know no blanks.
    case "$PREFIX/" in
        *[!A-Za-z0-9._/-]* | */./* | */../* | *//*)
            die "--prefix takes letters, digits, '.', '_' and '-' between single slashes, without . and .." "--prefix 只能由字母、数字和 . _ - 组成，各级目录以单个 / 分隔，不能有名为 . 或 .. 的目录" 2
            ;;
    esac
    case "$PREFIX" in /*/*) ;; *) die "--prefix takes a folder of its own, such as /data/sophon-report" "--prefix 需要一个专用目录，例如 /data/sophon-report" 2 ;; esac
    case "$ROOT" in '' | /*) ;; *) ROOT=$PWD/$ROOT ;; esac
    case "$KEY" in '' | /*) ;; *) KEY=$PWD/$KEY ;; esac
}

unit_name() { case "$1" in *.*) printf '%s' "$1" ;; *) printf '%s.service' "$1" ;; esac; }

find_places() {
    script=$(readlink -f "$0") || die "cannot find itself" "找不到自身所在位置"
    BUNDLE=$(dirname "$script")
    # Run out of an installed version, that version's own place counts.
    if [ "$PREFIX" = /data/sophon-report ] && [ -L "$(dirname "$BUNDLE")/current" ]; then
        PREFIX=$(dirname "$BUNDLE")
        PREFIX=${PREFIX#"$ROOT"}
    fi
    [ "$(basename "$0")" != restore ] || ACTION=restore
    BASE=$ROOT$PREFIX
    CONFIG=$BASE/etc/config.toml
    data_dir=$(setting "" data_dir "$PREFIX/var")
    VAR=$ROOT$data_dir
    cd / || exit 1
}

# The data folder is given to the service with all that is in it: it must be a folder for that.
check_data_folder() {
    [ "$data_dir" != "$PREFIX/var" ] || return 0
    case "$data_dir/" in
        /*/*/) fit=1 ;;
        *)
            refuse "data_dir in $CONFIG must be an absolute path to a folder of its own, not $data_dir" "$CONFIG 中的 data_dir 必须是专用目录的绝对路径，不能是 $data_dir"
            return
            ;;
    esac
    # Units know no blanks in it, and the service does not see these places, or they are gone after a restart.
    case "$data_dir" in
        *[[:space:]%\"\'\\]* | /home/* | /root/* | /run/* | /tmp/* | /var/tmp/* | /dev/*)
            refuse "data_dir in $CONFIG has blanks, quotes, % or \\ in it, or is in /home, /root, /run, /tmp, /var/tmp or /dev: $data_dir" "$CONFIG 中的 data_dir 含有空白、引号、% 或 \\，或位于 /home、/root、/run、/tmp、/var/tmp、/dev：$data_dir"
            return
            ;;
    esac
    case "$data_dir/" in
        */./* | */../* | *//* | "$PREFIX"/ | "$PREFIX"/etc/* | "$PREFIX"/[0-9]* | "$PREFIX"/current/* | "$PREFIX"/previous/*) fit="" ;;
    esac
    case "$PREFIX/" in "$data_dir"/*) fit="" ;; esac
    if [ -z "$fit" ]; then
        refuse "data_dir in $CONFIG holds the program or its settings, or has . or .. in it: $data_dir" "$CONFIG 中的 data_dir 含有程序或设置，或路径中有 . 或 ..：$data_dir"
    elif [ -n "$(ls -A "$VAR" 2> /dev/null)" ] && [ ! -e "$VAR/store.sqlite" ] && [ ! -e "$VAR/journal" ] && [ ! -e "$VAR/models" ]; then
        refuse "data_dir in $CONFIG holds other things, which would be given to the service: $data_dir; name an empty folder below it" "$CONFIG 中的 data_dir 里有其他文件，它们会被交给本服务：$data_dir；请改为其下的空目录"
    fi
}

# setting SECTION KEY DEFAULT: a plain value of the settings file.
setting() {
    found=$(awk -v section="$1" -v key="$2" '
        /^[ \t]*\[/ { here = $0; sub(/#.*/, "", here); gsub(/[][ \t]/, "", here); next }
        here == section && $0 ~ "^[ \t]*" key "[ \t]*=" {
            sub(/^[^=]*=[ \t]*/, "")
            if (match($0, /^"[^"]*"/) || match($0, /^\047[^\047]*\047/)) { print substr($0, 2, RLENGTH - 2) }
            else { sub(/[ \t]*(#.*)?$/, ""); print }
            exit
        }' "$CONFIG" 2> /dev/null)
    printf '%s' "${found:-$3}"
}

link_of() { readlink "$BASE/$1" 2> /dev/null || :; }
on_box() { [ -z "$ROOT" ]; }
control() { ! on_box || systemctl "$@"; }
quiet() { "$@" > /dev/null 2>&1; }
as_user() { if on_box; then runuser -u "$SERVICE_USER" -- "$@"; else "$@"; fi; } # fails without the user
chown_for_service() { ! on_box || chown "$@"; }
on_disk() { sync "$1"; } # a file, or the names in a folder
all_on_disk() { sync -f "$1"; } # whatever the file system holds back: long where somebody else writes much

# --- checks: each one line, nothing touched --------------------------------------------------------------------------

check_all() {
    step "checking this box" "检查本机"
    check_root
    check_chip
    check_sdk
    check_python
    check_glibc
    check_disk
    check_data_folder
    check_clock
    on_box && check_units
    on_box && quiet command -v "$PYTHON" && check_ports
    [ "$1" = installed ] || check_bundle
}

check_root() {
    if ! on_box; then
        if [ -d "$ROOT" ] && [ -w "$ROOT" ]; then ok "into $ROOT" "装入 $ROOT"; else refuse "$ROOT is no folder that can be written" "$ROOT 不是可写的目录"; fi
    elif [ "$(id -u)" = 0 ]; then
        ok "root" "root 权限"
    else
        refuse "not root: run it with sudo" "不是 root：请用 sudo 运行"
    fi
}

chip() { sed -n 's/^model name[^:]*:[ \t]*\(bm[0-9]*x\{0,1\}\).*/\1/Ip' /proc/cpuinfo 2> /dev/null | head -n 1 | tr '[:lower:]' '[:upper:]'; }
word_of() { cat "$BUNDLE/$1" 2> /dev/null; } # VERSION, ARCH, PYTHON

check_chip() {
    wanted=$(word_of ARCH)
    here=$(uname -m)
    if [ -n "$wanted" ] && [ "$wanted" != "$here" ]; then
        refuse "this machine is $here, the bundle is for $wanted: take the other bundle" "本机是 $here，安装包用于 $wanted：请换用对应的安装包"
    fi
    chip=$(chip)
    node=""
    for each in bm-tpu0 bm-sophon0; do [ ! -e "/dev/$each" ] || node=/dev/$each; done
    if [ -n "$node" ]; then
        ok "$here, ${chip:-TPU}, $node" "$here，${chip:-TPU}，$node"
        if [ -n "$chip" ] && [ ! -d "$BUNDLE/models/$chip" ]; then
            warn "the bundle has no models for the $chip: faces are looked for on the CPU, slowly" "安装包里没有 $chip 的模型：将用 CPU 识别，速度较慢"
        fi
    elif [ -n "$chip" ]; then
        warn "$chip, and neither /dev/bm-tpu0 nor /dev/bm-sophon0: the SDK's driver is not loaded" "$chip，但没有 /dev/bm-tpu0 和 /dev/bm-sophon0：SDK 驱动未加载"
    else
        ok "$here, no TPU: models run on the CPU" "$here，没有 TPU：模型在 CPU 上运行"
    fi
}

check_sdk() {
    lib=$(readlink /opt/sophon/libsophon-current 2> /dev/null)
    version=$(bm_version 2> /dev/null | sed -n 's/.*[Ss][Dd][Kk][^:]*:[ \t]*//p' | head -n 1)
    if [ -n "$lib$version" ]; then
        ok "SDK ${version:-of unknown version}, ${lib:-no libsophon}" "SDK ${version:-版本未知}，${lib:-没有 libsophon}"
    elif [ -n "$(chip)" ]; then
        warn "no SDK found (bm_version, /opt/sophon/libsophon-current): the TPU cannot be used" "找不到 SDK（bm_version、/opt/sophon/libsophon-current）：无法使用 TPU"
    fi
}

check_python() {
    python=$("$PYTHON" -c '
import sys
import sqlite3, ssl, venv
print("%d.%d.%d" % sys.version_info[:3])
sys.exit(sys.version_info < (3, 8))' 2> /dev/null) || {
        refuse "$PYTHON is not there, older than 3.8, or lacks venv, sqlite3 or ssl: apt-get install python3, or --python" "$PYTHON 不存在、低于 3.8，或缺少 venv、sqlite3、ssl：apt-get install python3，或用 --python 指定"
        return
    }
    wanted=$(word_of PYTHON)
    case "$python" in
        "${wanted:-$python}" | "$wanted".*) ok "Python $python" "Python $python" ;;
        *) refuse "the bundle is for Python $wanted, here is $python: take the other bundle, or --python" "安装包用于 Python $wanted，本机是 $python：请换用对应的安装包，或用 --python 指定" ;;
    esac
    if [ -n "$(chip)" ] || [ -e /dev/bm-tpu0 ] || [ -e /dev/bm-sophon0 ]; then check_sail; fi
}

# In a process of its own: SAIL of another SDK ends the one that imports it.
check_sail() {
    sail=$(timeout 60 "$PYTHON" -c '
import sys
import sophon.sail
try:
    from importlib.metadata import version
    print(version("sophon-arm"))
except Exception:
    print("0")' 2> /dev/null | tail -n 1)
    case "$sail" in
        "") warn "SAIL (sophon.sail) cannot be imported by $PYTHON: install the SDK's sophon_arm wheel for it; until then the CPU is used" "$PYTHON 无法导入 SAIL（sophon.sail）：请安装 SDK 中对应的 sophon_arm 安装包；在此之前使用 CPU" ;;
        0) warn "SAIL of unknown version (no metadata of sophon-arm)" "SAIL 版本未知（没有 sophon-arm 的元数据）" ;;
        *)
            if [ "$(printf '3.9.1\n%s\n' "$sail" | sort -V | head -n 1)" = 3.9.1 ]; then
                ok "SAIL $sail" "SAIL $sail"
            else
                warn "SAIL $sail ends the process on errors: 3.9.1 or newer is better" "SAIL $sail 出错时会终止进程：建议 3.9.1 或更新"
            fi
            ;;
    esac
}

check_glibc() {
    version=$(getconf GNU_LIBC_VERSION 2> /dev/null | sed 's/[^0-9.]*//')
    if [ -n "$version" ] && [ "$(printf '2.31\n%s\n' "$version" | sort -V | head -n 1)" = 2.31 ]; then
        ok "glibc $version" "glibc $version"
    else
        refuse "glibc ${version:-unknown}: 2.31 (Ubuntu 20.04) or newer is needed; a box of an older SDK has to be flashed" "glibc ${version:-未知}：需要 2.31（Ubuntu 20.04）或更新；旧 SDK 的盒子需要刷机"
    fi
}

check_disk() {
    existing=$BASE
    while [ ! -d "$existing" ]; do existing=$(dirname "$existing"); done
    if ! [ -w "$existing" ]; then
        refuse "$existing cannot be written (mounted read-only?)" "$existing 不可写（是否以只读方式挂载？）"
        return
    fi
    # What lies there is run as root.
    if on_box && [ -d "$BASE" ] && [ -n "$(find -H "$BASE" -maxdepth 0 \( ! -user 0 -o -perm /022 \))" ]; then
        refuse "$BASE may be written by others than root: when all in it is yours, chown root $BASE; chmod 755 $BASE" "$BASE 可被 root 以外的用户写入：确认其中内容无误后，执行 chown root $BASE; chmod 755 $BASE"
    fi
    if on_box; then
        mounted=$(findmnt -n -o TARGET -T "$existing" 2> /dev/null | tail -n 1)
        kind=$(findmnt -n -o FSTYPE -T "$existing" 2> /dev/null | tail -n 1)
        case "$kind" in
            tmpfs | ramfs) refuse "$existing is in memory ($kind) and gone after a restart: --prefix on a disk" "$existing 在内存中（$kind），重启即丢失：请用 --prefix 指定磁盘目录" ;;
            *)
                if [ "$mounted" = / ]; then
                    warn "$existing is no partition of its own: an SDK update may take it away" "$existing 不是独立分区：SDK 升级可能会清除它"
                else
                    ok "$mounted is a file system of its own ($kind)" "$mounted 是独立的文件系统（$kind）"
                fi
                ;;
        esac
    fi
    free=$(df -Pk "$existing" | awk 'NR == 2 { print $4 }')
    needed=$NEEDED_KIB_BESIDE
    # A version is its bundle and a venv with the wheels unpacked, which are two to four times as large.
    [ "$BUNDLE" = "$BASE/$(link_of current)" ] || needed=$((needed + 5 * $(du -sk "$BUNDLE" | cut -f 1)))
    if [ "$free" -lt "$needed" ]; then
        refuse "$((free / 1024)) MiB free at $existing, $((needed / 1024)) MiB are needed" "$existing 剩余 $((free / 1024)) MiB，需要 $((needed / 1024)) MiB"
    elif [ "$free" -lt 4194304 ]; then
        warn "$((free / 1024)) MiB free at $existing: few events will be kept" "$existing 剩余 $((free / 1024)) MiB：能保留的事件很少"
    else
        ok "$((free / 1048576)) GiB free at $existing" "$existing 剩余 $((free / 1048576)) GiB"
    fi
}

check_clock() {
    if [ "$(date +%Y)" -lt $YEAR_BUILT ]; then
        refuse "the clock says $(date +%F): set it (date -s 'YYYY-MM-DD HH:MM'), events carry its time" "系统时间为 $(date +%F)：请先校时（date -s 'YYYY-MM-DD HH:MM'），事件使用该时间"
    elif on_box && [ "$(timedatectl show -p NTPSynchronized --value 2> /dev/null)" != yes ]; then
        warn "clock: $(date '+%F %H:%M'), not synchronised by NTP: events have its time" "系统时间：$(date '+%F %H:%M')，未经 NTP 同步：事件使用该时间"
    else
        ok "clock: $(date '+%F %H:%M')" "系统时间：$(date '+%F %H:%M')"
    fi
}

check_units() {
    if [ ! -d /run/systemd/system ]; then
        refuse "systemd does not run here" "本机没有运行 systemd"
    elif [ ! -w $UNIT_DIR ]; then
        refuse "$UNIT_DIR cannot be written: the root is mounted read-only; 'mount -o remount,rw /' first" "$UNIT_DIR 不可写：根文件系统为只读；请先执行 mount -o remount,rw /"
    else
        ok "systemd $(systemctl --version | awk 'NR == 1 { print $2 }')" "systemd $(systemctl --version | awk 'NR == 1 { print $2 }')"
    fi
}

check_ports() {
    event=$(setting server event_port 5679)
    api=$(setting server api_port 5555)
    preview=$(setting server preview_port 5678)
    orders=$(setting server control_port 54547)
    system=$(setting server system_port 8888)
    held=$(port_holders "$event" "$api" "$preview" "$orders" "$system")
    ours=""
    while read -r port unit program; do
        case "$unit" in
            "") ;;
            sophon-report.* | sophon-vision.* | sophon-report-*) ours="$ours $port" ;;
            *)
                [ -z "$ZH" ] || program=$(printf '%s' "$program" | sed 's/^another program$/其他程序/; s/, process \([0-9]*\)$/，进程 \1/')
                check_held_port "$port" "$unit" "$program" "$system"
                ;;
        esac
    done << EOF
$held
EOF
    if [ -n "$ours" ]; then
        ok "ports$ours: this service" "端口$ours：本服务"
    elif [ -z "$held" ]; then
        ok "ports $event $api $preview $orders $system are free" "端口 $event $api $preview $orders $system 空闲"
    fi
}

check_held_port() { # PORT UNIT PROGRAM SYSTEM_PORT
    case " $TAKE_OVER $(taken_over) " in
        *" $2 "*)
            ok "port $1: $2 ($3), which will be stopped and disabled" "端口 $1：$2（$3），将被停止并禁用"
            return
            ;;
    esac
    if [ "$1" = "$4" ]; then
        warn "port $1 is held by $3 ($2): the system calls are left to it" "端口 $1 被 $3（$2）占用：系统接口留给它"
    elif [ "$2" = - ]; then
        refuse "port $1 is held by $3, which is no unit: stop it" "端口 $1 被 $3 占用，它不是服务单元：请先停止它"
    else
        refuse "port $1 is held by $3 of the unit $2: to hand over, run this again with --take-over $2" "端口 $1 被 $3（服务 $2）占用：如需接管，请加 --take-over $2 重新运行"
    fi
}

taken_over() { if [ -f "$BASE/etc/taken-over" ]; then tr '\n' ' ' < "$BASE/etc/taken-over"; fi; }

# port_holders PORT...: a line "PORT UNIT PROGRAM" each that is listened on; UNIT is - for what is no unit.
port_holders() {
    "$PYTHON" -I - "$@" << 'EOF'
import os, pathlib, re, sys
wanted, proc = {int(port) for port in sys.argv[1:]} - {0}, pathlib.Path("/proc")
sockets = {}
for table in ("net/tcp", "net/tcp6"):
    try:
        rows = [row.split() for row in (proc / table).read_text().splitlines()[1:]]
    except OSError:
        continue
    for row in rows:
        port = int(row[1].rpartition(":")[2], 16)
        if row[3] == "0A" and port in wanted:
            sockets["socket:[%s]" % row[9]] = port
held = {}
for descriptor in proc.glob("[0-9]*/fd/*") if sockets else ():
    try:
        port = sockets.get(os.readlink(str(descriptor)))
        if port is None or held.get(port, ("-",))[0] != "-":
            continue
        process = descriptor.parent.parent
        units = re.findall(r"/([^/\n]+\.(?:service|socket))", (process / "cgroup").read_text())
        units = [unit for unit in units if not unit.startswith(("user@", "session-"))]
        held[port] = (units[-1] if units else "-", "%s, process %s" % ((process / "comm").read_text().strip(), process.name))
    except OSError:
        continue
for port in sorted(set(sockets.values())):
    print(port, *held.get(port, ("-", "another program")))
EOF
}

check_bundle() {
    if [ ! -f "$BUNDLE/VERSION" ] || [ ! -d "$BUNDLE/wheelhouse" ] || [ ! -f "$BUNDLE/SHA256SUMS" ]; then
        refuse "$BUNDLE is no unpacked bundle (VERSION, wheelhouse/, SHA256SUMS)" "$BUNDLE 不是解开的安装包（VERSION、wheelhouse/、SHA256SUMS）"
        return
    fi
    case "$(cat "$BUNDLE/VERSION")" in
        [0-9]*) ;;
        *) refuse "$BUNDLE/VERSION is no version" "$BUNDLE/VERSION 不是版本号" && return ;;
    esac
    case "$(cat "$BUNDLE/VERSION")" in
        *[!0-9A-Za-z.+-]*) refuse "$BUNDLE/VERSION is no version" "$BUNDLE/VERSION 不是版本号" && return ;;
    esac
    odd=$(cd "$BUNDLE" && find . -path ./venv -prune -o ! -type d ! -type f -print | head -n 3 | tr '\n' ' ')
    bad=$(damage_of "$BUNDLE")
    unlisted=$(unlisted_files | head -n 3 | tr '\n' ' ')
    if [ -n "$odd" ]; then
        refuse "the bundle holds what is neither file nor folder: $odd" "安装包含有既非文件也非目录的内容：$odd"
    elif [ -n "$bad" ]; then
        refuse "the bundle is damaged: $bad copy or fetch it again" "安装包已损坏：$bad 请重新复制或下载"
    elif [ -n "$unlisted" ]; then
        refuse "the bundle holds files that SHA256SUMS does not list: $unlisted" "安装包含有 SHA256SUMS 未列出的文件：$unlisted"
    else
        ok "bundle $(cat "$BUNDLE/VERSION"), checksums right" "安装包 $(cat "$BUNDLE/VERSION")，校验和正确"
    fi
    check_signature
}

damage_of() { # FOLDER
    (cd "$1" && sha256sum -c --quiet --strict SHA256SUMS 2>&1) | head -n 3 | tr '\n' ';'
}

unlisted_files() {
    (cd "$BUNDLE" && find . -path ./venv -prune -o ! -type d ! -path ./SHA256SUMS ! -path ./SHA256SUMS.sig -print) \
        | sed 's|^\./||' | sort > "$SCRATCH/there"
    sed 's/^[0-9a-f]* [ *]//; s|^\./||' "$BUNDLE/SHA256SUMS" | sort > "$SCRATCH/listed"
    comm -23 "$SCRATCH/there" "$SCRATCH/listed"
}

# A copy is looked at, by which is told later whether it is still the same.
check_signature() {
    cp "$BUNDLE/SHA256SUMS" "$SCRATCH/checked"
    key=${KEY:-$BASE/etc/bundle-key.pem}
    if [ ! -f "$key" ]; then
        if [ -n "$KEY" ]; then refuse "$KEY is not there" "$KEY 不存在"; else warn "signature not checked (--key PUB.pem): the checksums tell damage, not forgery" "未校验签名（--key 公钥.pem）：校验和只能发现损坏，不能发现伪造"; fi
    elif quiet openssl dgst -sha256 -verify "$key" -signature "$BUNDLE/SHA256SUMS.sig" "$SCRATCH/checked"; then
        ok "signature right ($key)" "签名正确（$key）"
    else
        refuse "the signature is missing or not of $key" "签名缺失，或与 $key 不符"
    fi
}

stop_if_refused() {
    [ "$REFUSED" = 0 ] || die "$REFUSED refused, nothing was touched" "有 $REFUSED 项被拒绝，未做任何改动"
}

# --- a version on the disk -------------------------------------------------------------------------------------------

# The folder of the bundle's version; another build of a version that is there already goes beside it.
name_of_bundle() {
    name=$(cat "$BUNDLE/VERSION")
    if [ -d "$BASE/$name" ] && ! quiet cmp "$BASE/$name/SHA256SUMS" "$BUNDLE/SHA256SUMS"; then
        name=$name-$(sha256sum "$BUNDLE/SHA256SUMS" | cut -c 1-8)
    fi
    printf '%s' "$name"
}

build_version() { # NAME
    made=$BASE/$1
    if [ -d "$made" ]; then
        mend_venv "$made"
        return
    fi
    step "putting version $1 below $PREFIX (the running one goes on meanwhile)" "将版本 $1 放到 $PREFIX 下（正在运行的版本不受影响）"
    rm -rf "$made.part"
    HALF=$made.part
    mkdir "$made.part" || die "cannot make $made.part" "无法创建 $made.part"
    (cd "$BUNDLE" && find . -mindepth 1 -maxdepth 1 ! -name venv -exec cp -R -P -t "$made.part" {} +) \
        || die "cannot copy the bundle" "无法复制安装包"
    chmod -R u+rwX,go+rX,go-w "$made.part"
    # What runs is the copy: the bundle may have changed since it was looked at, or the disk writes wrongly.
    if ! quiet cmp "$SCRATCH/checked" "$made.part/SHA256SUMS" || [ -n "$(damage_of "$made.part")" ]; then
        die "what was copied is not what was checked: copy or fetch the bundle again" "复制的内容与校验过的不一致：请重新复制或下载安装包"
    fi
    make_venv "$made.part/venv" "$PREFIX/$1/venv" "$made.part/wheelhouse"
    all_on_disk "$BASE" || die "the disk refuses" "磁盘写入失败"
    mv -T "$made.part" "$made" || die "cannot rename $made.part" "无法重命名 $made.part"
    HALF=""
    on_disk "$BASE"
}

# The Python of Ubuntu 20.04 and Debian 11 comes without distutils, which pip wants up to 3.9 if it is not told otherwise.
RUN_PIP='
import runpy, sys, sysconfig
sysconfig._PIP_USE_SYSCONFIG = True
sys.argv[:1] = []
runpy.run_path(sys.argv[0], run_name="__main__")'

# make_venv DIR FINAL WHEELHOUSE: the scripts in it name FINAL, where DIR will be.
make_venv() {
    rm -rf "$1"
    pip=$(find "$3" -maxdepth 1 -name 'pip-*.whl' | head -n 1)
    {
        "$PYTHON" -m venv --without-pip --system-site-packages "$1" \
            && PIP_CONFIG_FILE=/dev/null nice -n 10 "$1/bin/python" -I -c "$RUN_PIP" "$pip/pip" install --isolated --disable-pip-version-check --no-warn-script-location \
                --no-cache-dir --no-compile --no-index --ignore-installed --find-links "$3" \
                --require-hashes -r "$(dirname "$3")/requirements.txt"
    } > "$SCRATCH/log" 2>&1 || {
        tail -n 15 "$SCRATCH/log" >&2
        rm -rf "$1"
        die "the Python environment could not be made" "无法创建 Python 环境"
    }
    find "$1/pyvenv.cfg" "$1/bin" -type f -exec sed -i "s|$1|$2|g" {} + || die "cannot write $1" "无法写入 $1"
    # Its user may not write there, so what Python makes of the sources is made now.
    quiet nice -n 10 "$1/bin/python" -m compileall -q -d "$2" "$1" || :
}

# An SDK update may have brought another Python.
mend_venv() { # FOLDER OF THE VERSION
    ! quiet "$1/venv/bin/python" -I -c 'import sophon_report' || return 0
    step "the Python environment of $(basename "$1") is made anew" "重建 $(basename "$1") 的 Python 环境"
    make_venv "$1/venv.part" "$PREFIX/$(basename "$1")/venv" "$1/wheelhouse"
    all_on_disk "$BASE"
    rm -rf "$1/venv"
    mv -T "$1/venv.part" "$1/venv" || die "cannot rename $1/venv.part" "无法重命名 $1/venv.part"
    on_disk "$BASE"
}

set_link() { # LINK NAME
    ln -sfn "$2" "$BASE/.$1.new" && mv -T "$BASE/.$1.new" "$BASE/$1" && on_disk "$BASE"
}

# What no way back can need any more goes: versions but the last two, copies of the store (people are in them).
prune() {
    case "$STORE_PLAN$EVENTS_PLAN" in
        *back* | *lost*) ;; # just put there
        *) as_user rm -rf "$VAR/after-update" ;;
    esac
    if [ "$(forms "$(link_of previous)")" = "$(forms "$(link_of current)")" ]; then as_user rm -rf "$VAR/before-update"; fi
    for folder in "$BASE"/[0-9]*; do
        [ -d "$folder" ] || continue
        found=$(basename "$folder")
        case "$found" in
            "$(link_of current)" | "$(link_of previous)") ;;
            *.part) rm -rf "$folder" ;;
            *)
                [ -f "$folder/VERSION" ] || continue
                rm -rf "$folder"
                step "removed version $found: the last two are kept" "已删除版本 $found：保留最近两个版本"
                ;;
        esac
    done
}

# --- user, settings, models ------------------------------------------------------------------------------------------

# With the number that owns the data already, where it is free: then nothing has to change its owner.
ensure_user() {
    on_box || return 0
    if ! quiet id "$SERVICE_USER"; then
        step "making the user $SERVICE_USER" "创建用户 $SERVICE_USER"
        owner=$(stat -c %u "$VAR" 2> /dev/null || echo 0)
        quiet getent group "$SERVICE_USER" || groupadd --system "$SERVICE_USER" || die "cannot make the group (is /etc read-only?)" "无法创建用户组（/etc 是否只读？）"
        set -- --system --gid "$SERVICE_USER" --no-create-home --home-dir "$PREFIX/var" --shell /usr/sbin/nologin
        [ "$owner" = 0 ] || quiet getent passwd "$owner" || set -- "$@" --uid "$owner"
        useradd "$@" "$SERVICE_USER" 2> "$SCRATCH/log" || {
            cat "$SCRATCH/log" >&2
            die "cannot make the user" "无法创建用户"
        }
    fi
}

# The rule of the bundle gives the chip's nodes to the service's group. Where one of the vendor's gives them to
# another, the user joins that one.
permit_nodes() {
    on_box || return 0
    quiet udevadm control --reload || :
    for each in $CHIP_NODES; do
        [ -c "/dev/$each" ] || continue
        quiet udevadm trigger --settle --action=change --name-match="$each" || :
        group=$(stat -c %G "/dev/$each")
        case "$(stat -c %a "/dev/$each")" in
            *[67]) ;; # everybody may
            *[67]?) [ "$group" = root ] || usermod -a -G "$group" "$SERVICE_USER" ;;
            *) chgrp "$SERVICE_USER" "/dev/$each" && chmod g+rw "/dev/$each" ;; # no udev at work
        esac
    done
}

ensure_folders() {
    mkdir -p "$BASE/etc" "$VAR" || die "cannot make $BASE" "无法创建 $BASE"
    chmod 750 "$BASE/etc" && chmod 700 "$VAR"
    chown_for_service "root:$SERVICE_USER" "$BASE/etc"
    left=$(give_data) || die "cannot give $VAR to the user $SERVICE_USER" "无法将 $VAR 交给用户 $SERVICE_USER"
    [ -z "$left" ] || warn "$left files in $VAR have another name outside of it, and are not given to the service" "$VAR 中有 $left 个文件在该目录之外另有名称，未交给本服务"
    if [ ! -f "$CONFIG" ]; then
        default_config > "$CONFIG.new" || die "cannot write $CONFIG" "无法写入 $CONFIG"
        on_disk "$CONFIG.new"
        mv "$CONFIG.new" "$CONFIG" && on_disk "$BASE/etc" && step "made $PREFIX/etc/config.toml" "已生成 $PREFIX/etc/config.toml"
    fi
    chmod 640 "$CONFIG" && chown_for_service "root:$SERVICE_USER" "$CONFIG"
    [ -z "$KEY" ] || keep_key || die "cannot keep the key $KEY" "无法保存公钥 $KEY"
}

keep_key() {
    kept=$BASE/etc/bundle-key.pem
    cp "$KEY" "$kept.new" && on_disk "$kept.new" && mv -T "$kept.new" "$kept" && on_disk "$BASE/etc"
}

# The service may run and rename what is in its folder meanwhile: no path is walked, each entry is named from the open
# folder it is in. A file with a name outside as well may be one of root's that somebody wants to be given: it is left,
# and counted.
give_data() {
    on_box || return 0
    "$PYTHON" -I - "$VAR" "$SERVICE_USER" << 'EOF'
import collections, grp, os, pwd, stat, sys
top, user = os.path.realpath(sys.argv[1]), sys.argv[2]
owner = pwd.getpwnam(user).pw_uid, grp.getgrnam(user).gr_gid

def entries():
    """Name, descriptor of its folder, what it is, of all below."""
    for _, folders, files, at in os.fwalk(top, follow_symlinks=False):
        for name in folders + files:
            try:
                yield name, at, os.stat(name, dir_fd=at, follow_symlinks=False)
            except FileNotFoundError:
                continue

os.chown(top, *owner)
names, wrong, left = collections.Counter(), False, 0
for _, _, told in entries():
    wrong = wrong or (told.st_uid, told.st_gid) != owner
    if told.st_nlink > 1 and not stat.S_ISDIR(told.st_mode):
        names[told.st_dev, told.st_ino] += 1
for name, at, told in entries() if wrong else ():
    if (told.st_uid, told.st_gid) == owner:
        continue
    if not stat.S_ISDIR(told.st_mode) and told.st_nlink > max(1, names[told.st_dev, told.st_ino]):
        left += 1
        continue
    try:
        os.chown(name, *owner, dir_fd=at, follow_symlinks=False)
    except FileNotFoundError:
        continue
print(left or "")
EOF
}

default_config() {
    m "# Settings of sophon-report. Most are set in the page; what is stored there wins over this file.
# Check it with: $PREFIX/current/venv/bin/sophon-report check-config $PREFIX/etc/config.toml
data_dir = \"$PREFIX/var\"
# license_key = \"\"          # who the box is to its platform
# name = \"east gate\"        # of this box, for people

[server]
# event_port = 5679         # WebSocket
# api_port = 5555           # page and REST
# page_port = 80            # the page once more where browsers look by themselves

[access]
# open_reads = false        # true: programs read people and events without a login
# open_writes = false       # true: programs change people and settings without a login
" "# sophon-report 的设置。多数可在网页上设置；网页上保存的值优先于本文件。
# 检查：$PREFIX/current/venv/bin/sophon-report check-config $PREFIX/etc/config.toml
data_dir = \"$PREFIX/var\"
# license_key = \"\"          # 盒子在平台上的身份
# name = \"东门\"             # 盒子的名称，给人看的

[server]
# event_port = 5679         # WebSocket
# api_port = 5555           # 网页和 REST
# page_port = 80            # 浏览器默认端口上的网页

[access]
# open_reads = false        # true：程序无需登录即可读取人员和事件
# open_writes = false       # true：程序无需登录即可修改人员和设置
"
}

check_settings() { # NAME
    said=$("$BASE/$1/venv/bin/python" -I -m sophon_report check-config "$CONFIG" 2>&1) && return
    printf '%s\n' "$said" | plain >&2
    die "version $1 refuses the settings in $CONFIG: mend them and run this again; nothing else was changed" "版本 $1 不接受 $CONFIG 中的设置：请修改后重新运行；其他均未改动"
}

# Copied, and not fetched by the new version: no program of it may open the store while the old one runs, since it
# would bring the store into a form of its own. Each by rename, the old ones being in use. Fails where it cannot write,
# but for a version that does not work: that is left all the same.
put_models() { # NAME
    [ -d "$BASE/$1/models" ] || return 0
    step "models" "模型"
    (cd "$BASE/$1/models" && find . -type f) > "$SCRATCH/models"
    while read -r file; do
        model=$VAR/models/$file
        as_user test -f "$model" && quiet as_user cmp "$BASE/$1/models/$file" "$model" && continue
        if ! { as_user mkdir -p "$(dirname "$model")" && as_user rm -f "$model.part" \
            && as_user cp "$BASE/$1/models/$file" "$model.part" && as_user mv -T "$model.part" "$model"; }; then
            [ -n "$LEAVING" ] || die "the models could not be put into $VAR/models" "无法将模型放入 $VAR/models"
            warn "the models could not be put into $VAR/models" "无法将模型放入 $VAR/models"
            return
        fi
    done < "$SCRATCH/models"
}

# --- the store, over a change of its form ----------------------------------------------------------------------------

# store_do WHAT PATH...: what is asked of SQLite files, as their owner.
store_do() {
    as_user "$PYTHON" -I - "$@" << 'EOF'
import os, sqlite3, sys
BLOCK = 1 << 20

def version(path):
    """Number of the file's form; 0 without a file."""
    if not os.path.exists(path):
        return print(0)
    connection = sqlite3.connect(path, timeout=10)
    print(connection.execute("PRAGMA user_version").fetchone()[0])
    connection.close()

def rest(path):
    """Fold the write-ahead log of a stopped service in."""
    connection = sqlite3.connect(path, timeout=10)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()

def copy(source, target):
    """Make target the bytes of source; blocks that are the same are not written. A second run takes what changed."""
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT, 0o600)
    with open(source, "rb") as old, os.fdopen(descriptor, "r+b") as new:
        at = 0
        while True:
            block = old.read(BLOCK)
            new.seek(at)
            if block != new.read(len(block)):
                new.seek(at)
                new.write(block)
            at += len(block)
            if len(block) < BLOCK:
                break
        new.truncate(at)
        new.flush()
        os.fsync(new.fileno())

def backup(source, target):
    """A copy of one moment beside a running service, which is not held up."""
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    old, new = sqlite3.connect(source, timeout=10), sqlite3.connect(target)
    with new:
        old.backup(new, pages=-1)
    new.close()
    old.close()

def gone(former, newer):
    """Ids of people whom the former file has and the newer one has not."""
    ids = []
    for path in (former, newer):
        connection = sqlite3.connect(path, timeout=10)
        ids.append({row[0] for row in connection.execute("SELECT identity_id FROM person")})
        connection.close()
    print(*sorted(ids[0] - ids[1]), sep="\n")

def journal(folder):
    """The newest form among the segments: two bytes at 12 of each."""
    newest = 1
    for name in os.listdir(folder) if os.path.isdir(folder) else ():
        if name.endswith(".journal"):
            with open(os.path.join(folder, name), "rb") as segment:
                newest = max(newest, int.from_bytes(segment.read(14)[12:], "little"))
    print(newest)

asked = (version, rest, copy, backup, gone, journal)
{each.__name__: each for each in asked}[sys.argv[1]](*sys.argv[2:])
EOF
}

# The newest form that a version knows: its last migration.
form_known() { # NAME store/migrations
    find "$BASE/$1"/venv/lib/python3*/site-packages/sophon_report/"$2" -name '[0-9][0-9][0-9][0-9]_*.sql' 2> /dev/null \
        | sed 's|.*/0*\([0-9]*\)_[^/]*$|\1|' | sort -n | tail -n 1
}
forms() { echo "$(form_known "${1:-none}" store/migrations) $(form_known "${1:-none}" store/events/migrations)"; }
journal_form_known() { # NAME
    known=$(sed -n 's/^VERSION = \([0-9]*\)$/\1/p' "$BASE/$1"/venv/lib/python3*/site-packages/sophon_report/delivery/journal/segment.py 2> /dev/null)
    printf '%s' "${known:-1}"
}
# What has to be done with the two SQLite files before NAME may open them: KEEP them, put the former ones BACK, or
# nothing. Everything that takes long is done here, beside the running service.
prepare_store() { # NAME
    STORE_PLAN=""
    EVENTS_PLAN=""
    keep=$VAR/before-update
    COPIED=1
    remove_copies
    journal=$(store_do journal "$VAR/journal") || die "$VAR/journal cannot be read" "无法读取 $VAR/journal"
    if [ "$journal" -gt "$(journal_form_known "$1")" ]; then
        die "version $1 cannot read the events in the journal, and they would be lost for their receivers: it is not gone to" "版本 $1 读不了日志中的事件，切换过去会丢失待上传的事件：不切换"
    fi
    STORE_PLAN=$(store_plan "$1" store.sqlite store/migrations) || exit 1
    EVENTS_PLAN=$(store_plan "$1" events.sqlite store/events/migrations) || exit 1
    case "$STORE_PLAN" in
        lost) die "the store is newer than version $1 can read, and $keep has no copy for it (erasing a person and a wipe remove it)" "版本 $1 读不了现在的数据库，$keep 中也没有可用的副本（彻底删除人员或清空数据时会一并删除副本）" ;;
    esac
    [ "$STORE_PLAN" != back ] || copy_back store.sqlite || die_without_room store.sqlite
    [ "$EVENTS_PLAN" != back ] || copy_back events.sqlite || no_history_back
    case "$STORE_PLAN$EVENTS_PLAN" in *keep*) ;; *) return 0 ;; esac
    step "version $1 changes the form of the store: keeping a copy in $keep" "版本 $1 会改变数据库格式：在 $keep 保留副本"
    as_user mkdir -m 700 "$keep.part" || die "cannot make $keep.part" "无法创建 $keep.part"
    [ "$STORE_PLAN" != keep ] || store_do copy "$VAR/store.sqlite" "$keep.part/store.sqlite" || die "the store could not be copied" "无法复制数据库"
    [ "$EVENTS_PLAN" != keep ] || store_do backup "$VAR/events.sqlite" "$keep.part/events.sqlite" || {
        as_user rm -f "$keep.part/events.sqlite"
        warn "no room for a copy of the history: after a rollback it goes back only as far as the journal" "没有空间保留历史记录副本：回退后历史只能追溯到日志保留的范围"
    }
}

store_plan() { # NAME FILE MIGRATIONS
    has=$(store_do version "$VAR/$2") || die "$VAR/$2 cannot be read" "无法读取 $VAR/$2"
    knows=$(form_known "$1" "$3")
    if [ "$has" = 0 ] || [ -z "$knows" ] || [ "$has" = "$knows" ]; then
        return
    elif [ "$has" -lt "$knows" ]; then
        printf keep
    elif [ -f "$VAR/before-update/$2" ] && [ "$(store_do version "$VAR/before-update/$2")" -le "$knows" ]; then
        printf back
    else
        printf lost
    fi
}

# copy_back FILE: what was kept of it, beside it, for put_back. Room is asked for before: the running service needs it.
copy_back() {
    size_kib=$(($(as_user stat -c %s "$VAR/before-update/$1" || echo 0) / 1024))
    [ "$(df -Pk "$VAR" | awk 'NR == 2 { print $4 }')" -gt "$size_kib" ] \
        && as_user cp "$VAR/before-update/$1" "$VAR/$1.part" && as_user sync "$VAR/$1.part"
}
die_without_room() { die "no room for a copy of $VAR/before-update/$1: free some and run this again" "没有空间复制 $VAR/before-update/$1：请清理磁盘后重新运行"; }
remove_copies() { as_user rm -rf "$VAR/store.sqlite.part" "$VAR/events.sqlite.part" "$VAR/before-update.part"; }

# Who asks for the way back can make room first; a version that does not work is left all the same.
no_history_back() {
    [ -n "$LEAVING" ] || die_without_room events.sqlite
    as_user rm -f "$VAR/events.sqlite.part"
    EVENTS_PLAN=lost
}

# The same once the service has stopped: short, and done as a whole or not at all.
settle_store() {
    keep=$VAR/before-update
    if [ "$STORE_PLAN" = keep ]; then
        store_do rest "$VAR/store.sqlite" && store_do copy "$VAR/store.sqlite" "$keep.part/store.sqlite" || return 1
    fi
    case "$STORE_PLAN$EVENTS_PLAN" in *keep*) kept=1 ;; *) kept="" ;; esac # else it is of an update that was broken off
    if [ -n "$kept" ]; then
        as_user rm -rf "$keep" "$VAR/after-update" && as_user mv -T "$keep.part" "$keep" && on_disk "$VAR" || return 1
    fi
    # Who was erased since the copies were made has taken what they were made of along.
    for each in "$STORE_PLAN store.sqlite" "$EVENTS_PLAN events.sqlite"; do
        case "$each" in
            back*) as_user test -f "$VAR/before-update/${each#* }" && set_aside "${each#* }" || return 1 ;;
            lost*) set_aside "${each#* }" || return 1 ;;
        esac
    done
    { [ "$STORE_PLAN" != back ] || put_back store.sqlite; } && case "$EVENTS_PLAN" in
        back) put_back events.sqlite ;;
        lost) as_user rm -f "$VAR/events.sqlite" ;;
    esac && return
    unsettle_store
    return 1
}

# The newer files have their names again, for the version that knows them.
unsettle_store() {
    [ "$STORE_PLAN" != back ] || as_user mv -T "$VAR/after-update/store.sqlite" "$VAR/store.sqlite"
    case "$EVENTS_PLAN" in back | lost) as_user mv -T "$VAR/after-update/events.sqlite" "$VAR/events.sqlite" ;; esac
    on_disk "$VAR"
}

# put_back FILE: the former one takes its name by rename.
put_back() { as_user mv -T "$VAR/$1.part" "$VAR/$1" && on_disk "$VAR"; }
# set_aside FILE: the newer one has its name in after-update too.
set_aside() {
    [ -f "$VAR/$1" ] || return 0
    [ ! -L "$VAR/after-update" ] || as_user rm -f "$VAR/after-update"
    as_user mkdir -p -m 700 "$VAR/after-update" && store_do rest "$VAR/$1" && as_user rm -f "$VAR/$1-wal" "$VAR/$1-shm" \
        && as_user rm -f "$VAR/after-update/$1" && as_user ln -T "$VAR/$1" "$VAR/after-update/$1"
}

tell_store() {
    if [ "$STORE_PLAN" = back ]; then
        warn "the store is that of before the update: people, settings and users changed since then are as they were; the newer file is in $VAR/after-update. No event was touched" "数据库恢复为升级之前的副本：此后对人员、设置、用户的修改不再有效；较新的文件在 $VAR/after-update。事件未受影响"
        gone=$(store_do gone "$VAR/store.sqlite" "$VAR/after-update/store.sqlite" 2> /dev/null | tr '\n' ' ')
        [ -z "${gone% }" ] || warn "people who were removed since and are back: $gone" "此后删除过、现在又恢复的人员：$gone"
    fi
    [ "$EVENTS_PLAN" != lost ] || warn "the history is made anew from the journal; the newer one is in $VAR/after-update" "历史记录将根据日志重建；较新的文件在 $VAR/after-update"
}

# --- units and the change over ---------------------------------------------------------------------------------------

our_units() { # those in the system
    for file in "$ROOT$UNIT_DIR"/sophon-report.* "$ROOT$UNIT_DIR"/sophon-report-* "$ROOT$UNIT_DIR"/sophon-vision.* "$ROOT$UNIT_DIR"/sophon-retry@.*; do
        [ ! -f "$file" ] || case "$file" in *.service | *.target | *.socket | *.timer | *.path) basename "$file" ;; esac
    done
}

# Units are copies: when systemd reads them at the boot, /data may not be mounted yet.
put_units() {
    UNITS_CHANGED=""
    from=$BASE/$(link_of current)/systemd
    mkdir -p "$ROOT$UNIT_DIR" || return 1
    for file in "$from"/*.service "$from"/*.target "$from"/*.socket "$from"/*.timer "$from"/*.path; do
        [ -f "$file" ] || continue
        put_file "$file" "$ROOT$UNIT_DIR/$(basename "$file")" || return 1
    done
    for file in "$from"/*.tmpfiles.conf "$from"/*.rules; do
        [ -f "$file" ] || continue
        to=$ROOT$(place_of "$file")
        mkdir -p "$(dirname "$to")" && put_file "$file" "$to" || return 1
    done
    put_data_dir || return 1
    for unit in $(our_units); do
        [ ! -f "$from/$unit" ] || continue
        quiet control disable --now "$unit" || :
        rm -f "$ROOT$UNIT_DIR/$unit"
        UNITS_CHANGED=1
    done
    if [ -n "$UNITS_CHANGED" ]; then
        control daemon-reload || return 1
        permit_nodes
    fi
    for unit in $(our_units); do
        enable_unit "$unit" || return 1
    done
}

# Data that lie elsewhere: there the service may write, and it waits for the disk.
put_data_dir() {
    for unit in sophon-report sophon-vision; do
        to=$ROOT$UNIT_DIR/$unit.service.d/data-dir.conf
        if [ "$data_dir" = "$PREFIX/var" ]; then
            [ -f "$to" ] || continue
            remove_drop_in "$to" && UNITS_CHANGED=1
        else
            mkdir -p "$(dirname "$to")" || return 1
            printf '# By install.sh: data_dir in %s\n[Unit]\nRequiresMountsFor=%s\n[Service]\nReadWritePaths=\nReadWritePaths=%s\n' \
                "$PREFIX/etc/config.toml" "$data_dir" "$data_dir" > "$to.new" && put_new "$to" || return 1
        fi
    done
}
remove_drop_in() { rm -f "$1" && { quiet rmdir "$(dirname "$1")" || :; }; }

place_of() { # FILE of a bundle that is no unit
    case "$1" in
        *.tmpfiles.conf) echo "/etc/tmpfiles.d/$(basename "$1" .tmpfiles.conf).conf" ;;
        *.rules) echo "/etc/udev/rules.d/$(basename "$1")" ;;
    esac
}

enable_unit() { # UNIT
    # shellcheck disable=SC2013 # one line may name several
    for wanting in $(sed -n 's/^WantedBy=//p' "$ROOT$UNIT_DIR/$1"); do
        link=$ROOT$UNIT_DIR/$wanting.wants/$1
        if on_box; then
            quiet systemctl is-enabled "$1" || quiet systemctl enable "$1" || return 1
        elif [ ! -L "$link" ]; then
            mkdir -p "$(dirname "$link")" && ln -s "$UNIT_DIR/$1" "$link" || return 1
        fi
    done
}

put_file() { # FROM TO
    sed "s|/data/sophon-report|$PREFIX|g" "$1" > "$2.new" && put_new "$2"
}

put_new() { # FILE: FILE.new takes its name
    if quiet cmp "$1.new" "$1"; then
        rm -f "$1.new"
    else
        on_disk "$1.new" && mv "$1.new" "$1" && UNITS_CHANGED=1
    fi
}

stop_service() {
    on_box || return 0
    # Vision goes before the report process; both have gone when this returns, within the bounds of their units.
    quiet systemctl stop 'sophon-retry@*' sophon-report.target sophon-vision.service sophon-report.service || :
}

start_service() {
    on_box || return 0
    STARTED_AT=$(date '+%F %T')
    # By their names, a pattern leaves out what is stopped: earlier starts would count against this one's.
    quiet systemctl reset-failed sophon-report.service sophon-vision.service || :
    # Not waited for: a version that hangs is found out by its health.
    quiet systemctl start --no-block sophon-report.target
}

take_over() {
    on_box || return 0
    for unit in $TAKE_OVER $(taken_over); do
        quiet systemctl cat "$unit" || continue
        if ! quiet grep -qxF "$unit" "$BASE/etc/taken-over"; then
            echo "$unit" >> "$BASE/etc/taken-over" && on_disk "$BASE/etc/taken-over"
            step "taking over from $unit: stopped and disabled; --uninstall gives it back" "接管 $unit：停止并禁用；--uninstall 时交还"
        fi
        # Each disabling has systemd read all units anew, which takes its time.
        ! quiet systemctl is-enabled "$unit" || quiet systemctl disable "$unit" || :
        quiet systemctl stop "$unit" || :
    done
}

give_back() {
    [ -s "$BASE/etc/taken-over" ] && on_box || return 0
    while read -r unit; do
        if quiet systemctl enable --now "$unit"; then
            step "gave back to $unit: enabled and started" "已交还 $unit：启用并启动"
        else
            warn "$unit could not be started: systemctl enable --now $unit" "无法启动 $unit：systemctl enable --now $unit"
        fi
    done < "$BASE/etc/taken-over"
    rm -f "$BASE/etc/taken-over"
}

# health SECONDS: 0 once it has been healthy for two seconds on end; else what is wrong, the last that was heard.
# 1 it does not answer or cannot stay up; 4 it answers, and says that it fails. Asked through the service's own socket:
# who may see its health by the port is a setting, and another program may hold that. The seconds are those that no unit
# is in its first start: how long that may take is the unit's to say, and a service that writes its store anew asks for more.
health() {
    on_box || return 0
    as_user "$PYTHON" -I - "$VAR/admin.sock" "$1" << 'EOF'
import http.client, socket, subprocess, sys, time
path, limit_s = sys.argv[1], float(sys.argv[2])
units = ("sophon-report.service", "sophon-vision.service")

def ask():
    """Status of the service's answer, and its words."""
    connection = http.client.HTTPConnection("service")
    connection.sock = socket.socket(socket.AF_UNIX)
    with connection.sock:
        connection.sock.settimeout(5)
        connection.sock.connect(path)
        connection.request("GET", "/healthz")
        reply = connection.getresponse()
        return reply.status, reply.read(2000).decode("utf-8", "replace")

def look():
    """How often the units were started again, whether one has failed, whether one is in its first start."""
    command = ("systemctl", "show", "-p", "NRestarts,ActiveState,SubState") + units
    shown = subprocess.run(command, stdout=subprocess.PIPE).stdout.decode().split("\n\n")
    told = [dict(row.split("=", 1) for row in unit.splitlines() if "=" in row) for unit in shown]
    counts = [int(unit.get("NRestarts") or 0) for unit in told]
    starts = [unit.get("SubState") in ("start-pre", "start", "start-post") for unit in told]
    first = any(start and count == 0 for start, count in zip(starts, counts))
    return max(counts), any(unit.get("ActiveState") == "failed" for unit in told), first

at_first = look()[0]
until, good_since, failed_since, code, said = time.monotonic() + limit_s, None, None, 1, "no answer"
while True:
    try:
        status, said = ask()
        code = {200: 0, 503: 4}.get(status, 1)
    except (OSError, ValueError, http.client.HTTPException) as error:
        code, said = 1, "%s: %s" % (path, error)
    now = time.monotonic()
    good_since = (good_since or now) if code == 0 else None
    count, failed, starting = look()
    if good_since and now - good_since >= min(2.0, limit_s):
        sys.exit(0)
    # One that was told to stop may be seen as failed until its start has come to its turn.
    failed_since = (failed_since or now) if failed else None
    if (failed_since and now - failed_since >= 10.0) or count - at_first >= 3:
        code, said = code or 1, said if code else "it does not stay up"
        break
    if starting:
        until = max(until, now + limit_s)
    if now >= until:
        break
    time.sleep(0.25)
print(said)
sys.exit(code)
EOF
}

# What the processes themselves said last; systemd's own lines would push it out.
last_lines() {
    quiet journalctl --sync
    for unit in sophon-report.service sophon-vision.service; do
        journalctl --no-pager -q -o cat -n 30 --since "$STARTED_AT" _SYSTEMD_UNIT=$unit 2> /dev/null | cut -c 1-300 | plain
    done
}

# switch_to NAME: the one place where the running version changes. Nobody can break it off: what it began it ends.
# 0 it is healthy; 1 it is not (WRONG says why).
switch_to() {
    was=$(link_of current)
    prepare_store "$1"
    put_models "$1"
    health 0 > /dev/null
    HEALTH_BEFORE=$?
    # Read once before, so that the start finds it in memory: what is on the disk only takes seconds.
    ! on_box || quiet "$BASE/$1/venv/bin/python" -I -c 'import sophon_report.app'
    all_on_disk "$BASE"
    trap '' HUP INT TERM PIPE
    if ! { echo "$was $1 $(link_of previous)" > "$BASE/.switching" && on_disk "$BASE/.switching" && on_disk "$BASE"; }; then
        die "the disk refuses" "磁盘写入失败"
    fi
    step "changing over from ${was:-nothing} to $1" "从 ${was:-无} 切换到 $1"
    stop_service
    settle_store || {
        rm -f "$BASE/.switching"
        remove_copies
        start_service
        die "the store could not be put in order: ${was:-nothing} runs on" "无法整理数据库：继续运行 ${was:-无}"
    }
    previous=$(link_of previous)
    [ -z "$was" ] || [ "$was" = "$1" ] || set_link previous "$was"
    set_link current "$1" || {
        [ -z "$previous" ] || set_link previous "$previous"
        unsettle_store
        start_service
        die "cannot swap $BASE/current: ${was:-nothing} runs on" "无法切换 $BASE/current：继续运行 ${was:-无}"
    }
    bring_up
}

# From `current` to a healthy service.
bring_up() {
    take_over
    put_units || warn "the units could not be put into $UNIT_DIR" "无法将服务单元放入 $UNIT_DIR"
    start_service || :
    ! on_box || step "waiting until it is healthy (at most $WAIT_S s once it has started)" "等待健康（启动后最多 $WAIT_S 秒）"
    WRONG=$(health "$WAIT_S")
    verdict=$?
    # What failed before in the same way is no fault of the new version.
    if [ $verdict = 4 ] && { [ "${HEALTH_BEFORE:-1}" = 4 ] || [ -z "$(link_of previous)" ]; }; then
        warn "it runs, and says: $WRONG" "服务已运行，但报告：$WRONG"
        verdict=0
    fi
    [ $verdict != 0 ] || rm -f "$BASE/.switching"
    return $verdict
}

# The new version is not healthy: back to OLD, whose own `previous` was BEFORE_IT.
go_back() { # OLD BEFORE_IT
    step "version $(link_of current) is not healthy: $WRONG" "版本 $(link_of current) 不健康：$WRONG"
    last_lines
    if [ -z "$1" ] || [ ! -d "$BASE/$1" ]; then
        rm -f "$BASE/.switching"
        if [ -s "$BASE/etc/taken-over" ]; then
            disable_units
            give_back
        fi
        die "there is no version before to go back to" "没有可以回退的版本"
    fi
    bad=$(link_of current)
    step "going back to $1" "回退到 $1"
    LEAVING=1
    switch_to "$1"
    verdict=$?
    if [ -n "$2" ] && [ -d "$BASE/$2" ]; then set_link previous "$2"; else rm -f "$BASE/previous"; fi
    rm -f "$BASE/.switching"
    tell_store
    if [ $verdict != 0 ]; then
        last_lines
        die "$1 is not healthy either: $WRONG" "$1 也不健康：$WRONG"
    fi
    die "$1 runs again. $bad stays in $PREFIX until the next update; no accepted event was lost" "$1 已恢复运行。$bad 在下次升级之前保留在 $PREFIX；已接收的事件没有丢失" 3
}

disable_units() {
    stop_service
    for unit in $(our_units); do
        quiet control disable "$unit" || :
        on_box || rm -f "$ROOT$UNIT_DIR"/*.wants/"$unit"
    done
    quiet rmdir "$ROOT$UNIT_DIR/sophon-report.target.wants" || :
}

# --- actions ---------------------------------------------------------------------------------------------------------

# What a power cut broke off between the swap and the verdict is finished first.
finish_switch() {
    [ -f "$BASE/.switching" ] || return 0
    read -r old new before < "$BASE/.switching"
    # One that began from nothing has one word less.
    [ -n "$new" ] || { new=$old && old=""; }
    if [ "$(link_of current)" = "$new" ] && [ "$old" != "$new" ]; then
        step "a change over to $new was broken off: finishing it" "上次切换到 $new 被中断：继续完成"
        bring_up || go_back "$old" "${before:-}"
    fi
    rm -f "$BASE/.switching"
}

install_version() {
    check_all bundle
    stop_if_refused
    mkdir -p "$BASE" || die "cannot make $BASE" "无法创建 $BASE"
    lock
    this=$(name_of_bundle)
    ensure_user
    build_version "$this"
    ensure_folders
    check_settings "$this"
    finish_switch
    ln -sfn current/install.sh "$BASE/restore"
    if [ "$(link_of current)" = "$this" ]; then
        put_models "$this"
        run_current "$this"
    else
        was=$(link_of current)
        before=$(link_of previous)
        switch_to "$this" || go_back "$was" "$before"
    fi
    tell_store
    prune
    tell_done "$this"
}

# The version is the current one already: nothing is stopped but where the units have changed.
run_current() {
    take_over
    put_units || die "the units could not be put into $UNIT_DIR" "无法将服务单元放入 $UNIT_DIR"
    if on_box && [ -n "$UNITS_CHANGED" ]; then stop_service; fi
    start_service || :
    WRONG=$(health "$WAIT_S") || {
        UNWELL=1
        last_lines
        warn "$1 runs, and is not healthy: $WRONG" "$1 已运行，但不健康：$WRONG"
    }
}

tell_done() { # NAME
    api=$(setting server api_port 5555)
    address=$(hostname -I 2> /dev/null | awk '{ print $1 }')
    step "sophon-report $1 is installed" "sophon-report $1 已安装"
    on_box || return 0
    step "page: http://${address:-box}:$api/" "网页：http://${address:-box}:$api/"
    if [ -f "$VAR/admin-password" ]; then
        step "user admin; first password: cat $VAR/admin-password" "用户 admin；初始密码：cat $VAR/admin-password"
    fi
}

roll_back() {
    lock
    was=$(link_of current)
    target=$(link_of previous)
    if [ -z "$target" ] || [ ! -d "$BASE/$target" ]; then
        [ -s "$BASE/etc/taken-over" ] || die "there is no version before to go back to" "没有可以回退的版本"
        step "no version before: handing back to the vendor's service" "没有上一个版本：交还原厂服务"
        disable_units
        give_back
        return
    fi
    check_data_folder
    stop_if_refused
    ensure_user
    mend_venv "$BASE/$target"
    ensure_folders
    check_settings "$target"
    switch_to "$target" || go_back "$was" "$target"
    tell_store
    tell_done "$target"
}

restore() {
    check_all installed
    stop_if_refused
    lock
    this=$(link_of current)
    [ -d "$BASE/${this:-none}" ] || die "$BASE/current names no version: install a bundle" "$BASE/current 没有指向任何版本：请安装安装包"
    ensure_user
    mend_venv "$BASE/$this"
    ensure_folders
    finish_switch
    run_current "$this"
    tell_done "$this"
}

uninstall() {
    # A package that could not be configured is removed too: what it left, or nothing, is no failure.
    if [ ! -L "$BASE/current" ] && [ ! -f "$CONFIG" ] && [ ! -d "$BASE/var/journal" ] && [ ! -f "$BASE/.install-lock" ]; then
        warn "nothing of sophon-report is in $BASE: nothing was touched" "$BASE 中没有 sophon-report：未做任何改动"
        return
    fi
    if [ -n "$PURGE" ] && [ -z "$YES" ]; then
        m "Settings, people and events in $BASE will be removed. Type sophon-report to go on: " "将删除 $BASE 中的设置、人员和事件。请输入 sophon-report 确认："
        read -r answer || answer=""
        [ "$answer" = sophon-report ] || die "not confirmed: nothing was touched" "未确认：未做任何改动"
    fi
    lock
    disable_units
    for unit in $(our_units); do
        rm -f "$ROOT$UNIT_DIR/$unit"
        remove_drop_in "$ROOT$UNIT_DIR/$unit.d/data-dir.conf"
    done
    rm -f "$ROOT"/etc/tmpfiles.d/sophon-report.conf "$ROOT"/etc/udev/rules.d/*-sophon-report.rules
    control daemon-reload
    give_back
    rm -f "$BASE/current" "$BASE/previous" "$BASE/restore" "$BASE/.switching" "$BASE/.install-lock"
    for folder in "$BASE"/[0-9]*; do
        if [ -f "$folder/VERSION" ] || [ -z "${folder##*.part}" ]; then rm -rf "$folder"; fi
    done
    if [ -n "$PURGE" ]; then
        rm -rf "${BASE:?}/etc" "${BASE:?}/var"
        quiet rmdir "$BASE" || :
        [ ! -d "$VAR" ] || warn "the data in $VAR lies elsewhere: remove it by hand" "$VAR 中的数据在别处：请自行删除"
        if on_box && quiet id "$SERVICE_USER" && ! said=$(userdel "$SERVICE_USER" 2>&1); then
            warn "the user $SERVICE_USER stays: $said" "用户 $SERVICE_USER 未能删除：$said"
        fi
        step "removed, with settings and data" "已卸载，设置和数据一并删除"
    else
        step "removed; settings, data and the user that owns them stay: $PREFIX/etc, $VAR" "已卸载；设置、数据及其属主用户保留：$PREFIX/etc、$VAR"
    fi
}

# Two at once would undo each other's work.
lock() {
    exec 9> "$BASE/.install-lock" || die "cannot write $BASE" "无法写入 $BASE"
    flock -n 9 || die "another install.sh is at work" "另一个 install.sh 正在运行"
}

main() {
    read_options "$@"
    find_places
    if on_box && [ "$(id -u)" != 0 ] && [ "$ACTION" != check ]; then
        die "not root: run it with sudo" "不是 root：请用 sudo 运行"
    fi
    SCRATCH=$(mktemp -d) || exit 1
    trap 'rm -rf "$SCRATCH" ${HALF:+"$HALF"}; [ -z "$COPIED" ] || remove_copies' EXIT # on a full disk the service needs the room
    case "$ACTION" in
        check)
            check_all bundle
            [ "$REFUSED" = 0 ] || exit 1
            ;;
        install) install_version ;;
        rollback) roll_back ;;
        restore) restore ;;
        uninstall) uninstall ;;
    esac
    [ -z "$UNWELL" ] || exit 1
}

main "$@"
exit
