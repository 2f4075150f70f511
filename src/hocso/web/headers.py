"""Headers that every answer has: of our pages, of Jupyter's handlers and of what tornado itself answers."""

from tornado.web import OutputTransform

YEAR = 365 * 24 * 3600
# For what is no page: nothing in it is run or fetched, wherever a browser opens it.
NO_PAGE = (
    "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class SafeHeaders(OutputTransform):
    """Put in where an answer begins. `Page` has a Content-Security-Policy of its own."""

    def __init__(self, request):
        self._secure = request.protocol == "https"

    def transform_first_chunk(self, status_code, headers, chunk, finishing):
        headers.pop("Server", None)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["X-Frame-Options"] = "DENY"  # for browsers that don't know frame-ancestors
        headers.setdefault("Content-Security-Policy", NO_PAGE)
        if self._secure:
            headers["Strict-Transport-Security"] = f"max-age={YEAR}"
        return status_code, headers, chunk
