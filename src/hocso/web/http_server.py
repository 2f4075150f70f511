"""The HTTP server: whose word it takes on where a request comes from, and how much one may send."""

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPMessageDelegate,
    ParseBodyConfig,
    ParseUrlEncodedConfig,
    parse_cookie,
    set_parse_body_config,
)

from .identity import COOKIE, has_account

# Tornado believes these before X-Forwarded-For and X-Forwarded-Proto; proxies pass on what a browser sent.
NOT_THE_PROXYS = ("X-Real-Ip", "X-Scheme")
# Of one who has no account: a body is in memory before any page is asked. Forms and answers have some KB.
LARGEST_BODY = 2**20
LARGEST_FILE = 100 * 2**20
LARGEST_BODY_OF_ACCOUNTS = LARGEST_FILE + LARGEST_BODY  # with the form around it
# A class's quizzes on paper are typed into one form: tornado's 1,000 are 90 copies of ten questions.
MOST_FIELDS = 20_000
# Who says nothing more is hung up on: nobody else comes in without a descriptor, which connections take.
SECONDS_FOR_HEADERS = 120
SECONDS_FOR_A_BODY = 60
SECONDS_FOR_A_BODY_OF_ACCOUNTS = 1800


class KitServer(HTTPServer):
    """Knows a visitor's address and scheme by X-Forwarded-For and X-Forwarded-Proto alone, which the proxy
    sets; not even by these unless `xheaders`. Hangs up on who sends more than they may, with status 400, or
    nothing for long."""

    def initialize(self, request_callback, **options):
        super().initialize(
            request_callback,
            idle_connection_timeout=SECONDS_FOR_HEADERS,
            body_timeout=SECONDS_FOR_A_BODY,
            max_body_size=LARGEST_BODY,
            **options,
        )
        self.secret = request_callback.settings["cookie_secret"]
        set_parse_body_config(ParseBodyConfig(urlencoded=ParseUrlEncodedConfig(max_arguments=MOST_FIELDS)))

    def start_request(self, server_conn, request_conn):
        return _Looked(super().start_request(server_conn, request_conn), self, request_conn)


class _Looked(HTTPMessageDelegate):
    """Looks at the headers before the application does."""

    def __init__(self, delegate: HTTPMessageDelegate, server: KitServer, connection):
        self._delegate, self._server, self._connection = delegate, server, connection

    def headers_received(self, start_line, headers):
        if self._server.xheaders:
            for name in NOT_THE_PROXYS:
                headers.pop(name, None)
        if "Content-Length" in headers or "Transfer-Encoding" in headers:
            cookie = parse_cookie(headers.get("Cookie", "")).get(COOKIE)
            if has_account(self._server.secret, cookie):
                self._connection.set_max_body_size(LARGEST_BODY_OF_ACCOUNTS)
                self._connection.set_body_timeout(SECONDS_FOR_A_BODY_OF_ACCOUNTS)
        return self._delegate.headers_received(start_line, headers)

    def data_received(self, chunk):
        return self._delegate.data_received(chunk)

    def finish(self):
        self._delegate.finish()

    def on_connection_close(self):
        self._delegate.on_connection_close()
