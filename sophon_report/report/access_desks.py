"""Who may come in, opened with the store: users, sessions, logins, the doorkeeper, and the audit of it all."""

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Callable

from sophon_report.api.doorkeeper import Doorkeeper
from sophon_report.api.sessions import Sessions
from sophon_report.config import Access
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.login_desk import LoginDesk
from sophon_report.report.user_accounts import UserAccounts
from sophon_report.report.user_desk import UserDesk
from sophon_report.store.accounts import AccountStore
from sophon_report.store.audit import AuditStore
from sophon_report.store.audit_desk import AuditDesk
from sophon_report.store.database import Database
from sophon_report.store.tokens import TokenStore

ShowPassword = Callable[[str, DataDir], None]
"""Tells a person the password that was made up for a new data folder, and where else it is."""


def show_nobody(_password: str, _place: DataDir) -> None:
    """Nobody is there to be shown it; it is in its file."""


@dataclass(frozen=True)
class AccessDesks:
    """The parts that decide who may do what, and note it."""

    audit: AuditDesk
    sessions: Sessions
    logins: LoginDesk
    users: UserDesk
    doorkeeper: Doorkeeper


@dataclass(frozen=True)
class AccessStats:
    """Level of this moment, and counters since the start."""

    sessions: int = 0
    sessions_crowded_out: int = 0
    logins_failed: int = 0
    """Tries with a wrong name or password, and those that were not looked at."""
    logins_refused: int = 0
    """For want of a place to wait."""
    login_addresses_forgotten: int = 0
    audit_lost: int = 0
    """Lines that could not be kept."""


def access_stats(audit: AuditDesk, sessions: Sessions, logins: LoginDesk) -> AccessStats:
    """What these parts say now."""
    return AccessStats(
        sessions=len(sessions),
        sessions_crowded_out=sessions.crowded_out,
        logins_failed=logins.failed,
        logins_refused=logins.refused_full,
        login_addresses_forgotten=logins.addresses_forgotten,
        audit_lost=audit.lost,
    )


def open_access(
    stack: contextlib.AsyncExitStack,
    place: DataDir,
    database: Database,
    access: Callable[[], Access],
    is_photo_device: Callable[[str], bool],
    show: ShowPassword,
) -> AccessDesks:
    """Open them, until ``stack`` ends; at the first start of a folder the first account is made.

    Args:
        stack: closes what is opened here.
        place: the data folder.
        database: its store; logins and audit get connections of their own, since they sync the disk in threads,
            and a search through the audit takes long.
        access: the settings of the moment.
        is_photo_device: whether an address is that of a registered photo device.
        show: is told a password that was made up.

    Raises:
        StoreError: the disk refuses.
    """
    own = Database.open(place.store)
    stack.callback(own.close)
    accounts, seen = UserAccounts(AccountStore(own), place.password_of, clock_ms), AccountStore(database)
    password = accounts.make_sure()
    if password is not None:
        show(password, place)
    sessions = Sessions(access, seen.generation, time.monotonic)
    looked = Database.open(place.store)
    stack.callback(looked.close)
    audit = AuditDesk(AuditStore(own), AuditStore(looked), clock_ms)
    loop = asyncio.get_running_loop()
    stack.push_async_callback(lambda: loop.run_in_executor(None, audit.stop))
    logins = LoginDesk(accounts, seen, sessions, audit.note)
    stack.push_async_callback(logins.stop)
    doorkeeper = Doorkeeper(access, TokenStore(database), is_photo_device, clock_ms, sessions, audit.note)
    return AccessDesks(audit, sessions, logins, UserDesk(accounts, logins, sessions), doorkeeper)
