"""``password reset``: on the store itself, so that it works whether the service runs or not."""

import argparse
from contextlib import closing

from sophon_report.cli import settings_of
from sophon_report.ops.clock import clock_ms
from sophon_report.ops.data_dir import DataDir
from sophon_report.report.user_accounts import UserAccounts
from sophon_report.store.accounts import ADMIN, AccountStore
from sophon_report.store.audit import AuditLog, AuditStore
from sophon_report.store.database import Database
from sophon_report.terminal import show_secret


def show_first(made: str, place: DataDir) -> None:
    """Tell who started the service the password that was made up for it, if somebody watches."""
    show_secret(f"User name {ADMIN}, password {made}\nIt stands in {place.admin_password} until you change it.")


def password(arguments: argparse.Namespace) -> int:
    """Make a new one up. It is in its file; a terminal shows it as well, what is piped elsewhere does not."""
    place, user = DataDir(settings_of(arguments).data_dir), arguments.user
    place.prepare()
    with closing(Database.open(place.store)) as database:
        made = UserAccounts(AccountStore(database), place.password_of, clock_ms).reset(user)
        AuditLog(AuditStore(database), clock_ms).note("command", "password reset", f"of {user}")
    show_secret(f"User name {user}, password {made}")
    file = place.password_of(user)
    print(f"The new password of {user} is in {file}, until it is changed. Who was logged in is logged out.")
    return 0
