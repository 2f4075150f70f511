"""The server behind a reverse proxy."""

from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPMessageDelegate

# Tornado believes these before X-Forwarded-For and X-Forwarded-Proto; proxies pass on what a browser sent.
NOT_THE_PROXYS = ("X-Real-Ip", "X-Scheme")


class ServerBehindProxy(HTTPServer):
    """Knows a visitor's address and scheme by X-Forwarded-For and X-Forwarded-Proto alone, which the proxy
    sets; not even by these unless `xheaders`."""

    def start_request(self, server_conn, request_conn):
        delegate = super().start_request(server_conn, request_conn)
        return _WithoutForged(delegate) if self.xheaders else delegate


class _WithoutForged(HTTPMessageDelegate):
    def __init__(self, delegate: HTTPMessageDelegate):
        self._delegate = delegate

    def headers_received(self, start_line, headers):
        for name in NOT_THE_PROXYS:
            headers.pop(name, None)
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk):
        return self._delegate.data_received(chunk)

    def finish(self):
        self._delegate.finish()

    def on_connection_close(self):
        self._delegate.on_connection_close()
