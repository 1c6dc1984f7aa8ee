"""Why something was not delivered: words for people, and a code that the page has words for in each language.

A code never changes its meaning; words may. ``http_<status>`` stands for an answer, all others are listed here.

====================  ===============================================================================
code                  meaning
====================  ===============================================================================
``by_hand``           a person paused it
``address_refused``   the address is one that nothing may be posted to (``reach.py``)
``no_address``        what is set is no address
``redirect``          the receiver sends bodies to where none may go, or around in a circle
``dns``               the host name has no address, or the lookup hangs
``refused``           nothing listens there
``reset``             the connection broke off, or was hung up without an answer
``no_way``            no way to the host or network, or no packet comes back
``timeout_connect``   no connection in time
``timeout_answer``    connected, and no answer in time
``no_http``           what answers speaks no HTTP
``tls_time``          its certificate is out of date, or the clock of this box is wrong
``tls_authority``     its certificate is of an authority that is not known here
``tls_host``          its certificate is that of another host
``tls_certificate``   its certificate is not accepted for another reason
``tls_client``        a client certificate is wanted, or not accepted
``tls_version``       no TLS that is still secure
``tls_none``          no TLS there, or TLS where plain HTTP is asked for
``tls``               TLS fails in another way
``file``              a certificate or key file of this box cannot be used
``layout``            nobody has the layout, or it cannot tell the event
``not_told``          the layout, or the filter, does not tell such events any more
``late``              real time: it had waited too long
``cut_off``           real time: cut off by a change, or by the end of the service
``internal``          a fault of the service, or of its disk
====================  ===============================================================================
"""

BY_HAND = "by_hand"
ADDRESS_REFUSED = "address_refused"
NO_ADDRESS = "no_address"
REDIRECT = "redirect"
DNS = "dns"
REFUSED = "refused"
RESET = "reset"
NO_WAY = "no_way"
TIMEOUT_CONNECT = "timeout_connect"
TIMEOUT_ANSWER = "timeout_answer"
NO_HTTP = "no_http"
TLS_TIME = "tls_time"
TLS_AUTHORITY = "tls_authority"
TLS_HOST = "tls_host"
TLS_CERTIFICATE = "tls_certificate"
TLS_CLIENT = "tls_client"
TLS_VERSION = "tls_version"
TLS_NONE = "tls_none"
TLS = "tls"
FILE = "file"
LAYOUT = "layout"
NOT_TOLD = "not_told"
LATE = "late"
CUT_OFF = "cut_off"
INTERNAL = "internal"


class Reason(str):  # noqa: SLOT000
    """Words for people that carry their code; a plain text in every other way."""

    code: str

    def __new__(cls, words: str = "", code: str = INTERNAL) -> "Reason":
        """These words, with this code."""
        made = super().__new__(cls, words)
        made.code = code
        return made


def of_status(status: int) -> Reason:
    """The reason of an answer with that HTTP status."""
    return Reason(f"HTTP {status}", f"http_{status}")


def code_of(words: str) -> str:
    """The code of a reason; ``internal`` for words without one, ``""`` for none."""
    return words.code if isinstance(words, Reason) else INTERNAL if words else ""
