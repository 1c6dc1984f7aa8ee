"""A backup that was not fetched within a minute was cut off: a large one, by a phone, always."""

from aiohttp import web
from http_port import http_port, read_reply

from sophon_report.api.call import Call, Need
from sophon_report.api.door import Patience

PATH = "/api/v1/backups"


def test_a_file_that_takes_its_time_is_fetched_whole(tmp_path):
    """The bound of other answers, here none at all, is not that of a file."""
    file = tmp_path / "backup.zip"
    file.write_bytes(bytes(range(256)) * (16 << 10))

    async def fetch(_incoming):
        return web.FileResponse(file)

    with http_port([Call("GET", PATH, Need.ANYONE, fetch)], patience=Patience(answer_s=0.0)) as port:
        with port.connect() as connection:
            connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: box\r\n\r\n".encode())
            assert read_reply(connection).body == file.read_bytes()
        with port.connect() as connection:
            connection.sendall(b"GET /nothing HTTP/1.1\r\nHost: box\r\n\r\n")
            assert connection.recv(1) == b""
