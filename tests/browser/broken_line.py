"""A line between browser and box that a test can cut and mend: every byte goes through, or none."""

import contextlib
import socket
import threading


class BrokenLine:
    """Listens on a port of its own and hands everything on to ``port``."""

    def __init__(self, port):
        self._port, self._pairs, self._lock = port, [], threading.Lock()
        self.is_cut = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self):
        """Break off what is there, and take nothing new."""
        with self._lock:
            self.is_cut = True
            for each in self._pairs:
                _shut(each)
            self._pairs.clear()

    def mend(self):
        """Let everything through again."""
        self.is_cut = False

    def close(self):
        """End it."""
        self.cut()
        _shut(self._listener)
        for thread in self._threads:
            thread.join()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                browser, _ = self._listener.accept()
                with self._lock:
                    if self.is_cut:
                        _shut(browser)
                        continue
                    box = socket.create_connection(("127.0.0.1", self._port))
                    self._pairs += [browser, box]
                for source, target in ((browser, box), (box, browser)):
                    thread = threading.Thread(target=_carry, args=(source, target))
                    thread.start()
                    self._threads.append(thread)


def _carry(source, target):
    with contextlib.suppress(OSError):
        for data in iter(lambda: source.recv(65536), b""):
            target.sendall(data)
    _shut(target)


def _shut(one):
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
