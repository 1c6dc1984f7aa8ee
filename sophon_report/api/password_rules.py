"""What a person may choose as a password, or as the passphrase of a backup, whoever asks for one."""

from sophon_report.errors import BadInput

SHORTEST, LONGEST = 8, 128
"""Characters of a password that a person chose."""
SHORTEST_PASSPHRASE, LONGEST_PASSPHRASE = 8, 256
"""Characters."""


def check_new(name: str, password: str) -> None:
    """Refuse what cannot be a password of a person's choice.

    Raises:
        BadInput: what is wrong with it, never the password.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(f"new_password must have {SHORTEST} to {LONGEST} characters")
    if password.lower() == name.lower():
        raise BadInput("new_password must not be the user name")
    try:
        password.encode()
    except UnicodeEncodeError:
        raise BadInput("new_password is no Unicode text") from None
