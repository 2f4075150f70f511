"""The server: a Voilà application with our pages, sign-in, API and kernel ownership.

Only the command line starts it. Handlers parse a request, call one function of the packages below, and
render; no SQL here, and no HTML in those packages.
"""

from .app import HocSo

__all__ = ["HocSo"]
