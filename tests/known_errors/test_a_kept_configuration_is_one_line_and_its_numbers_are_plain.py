"""``setconfigs`` took line breaks and zero bytes in a licence key, and ``8_0`` and digits of any script for 80."""

import pytest

from sophon_report.api.vendor_keys import find, read


@pytest.mark.parametrize("value", ["a\nb", "a\x00", "\x1b[31m"])
@pytest.mark.parametrize("name", ["MQ_LICENSE_KEY", "MQ_USERNAME", "MQ_LOGIN_URL"])
def test_a_kept_configuration_is_one_line(name, value):
    """It goes into events, logs and other programs."""
    with pytest.raises(ValueError, match="control characters"):
        read(find(name), value)


@pytest.mark.parametrize("value", ["8_0", "８０", "0x50", "nan", "", "1" * 3000])
def test_its_numbers_are_plain(value):
    """As the arguments of every other call."""
    with pytest.raises(ValueError, match="must be a number"):
        read(find("MATCH_THRESHOLD"), value)
