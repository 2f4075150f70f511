"""Import this before nbformat or nbgrader: they import jsonschema, and that imports rfc3987_syntax where it
is installed, which takes a second to read a grammar. It is for checking IRIs; nobody here asks for that."""

import sys

NEVER_USED = "rfc3987_syntax"

if "jsonschema" not in sys.modules and NEVER_USED not in sys.modules:
    sys.modules[NEVER_USED] = None  # jsonschema then does without
    import jsonschema  # noqa: F401

    del sys.modules[NEVER_USED]
