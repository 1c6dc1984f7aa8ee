"""A receiver over TLS whose handshake is OpenSSL's own on a socket, as nginx's: it says why it refuses one."""

import socket
import threading

from raw_peer import OK


class TlsPeer:
    """Takes one connection after the other, and one request on each."""

    def __init__(self, tls):
        self._tls = tls
        self.got = []

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection):
        wrapped = None
        try:
            wrapped = self._tls.wrap_socket(connection.dup(), server_side=True)
            self.got.append(wrapped.recv(65536))
            wrapped.sendall(OK)
            wrapped.close()
        except OSError:  # refused: the other side reads why before it is hung up on
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
