"""The files of Voilà's own front end, for the lessons that need it."""

from jupyter_server.base.handlers import FileFindHandler
from jupyterlab_server.themes_handler import ThemesHandler
from voila.static_file_handler import MultiStaticFileHandler
from voila.utils import get_voila_labextensions_path

from .page import MESSAGES


class PlainErrors:
    """Jupyter's pages for errors need a front end that is not here."""

    def write_error(self, status_code, **_kwargs):
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(MESSAGES.get(status_code, MESSAGES[400]))


class VoilaFile(PlainErrors, MultiStaticFileHandler):
    """Voilà's scripts and styles."""


class ThemeFile(PlainErrors, ThemesHandler):
    """JupyterLab's themes."""


class ExtensionFile(PlainErrors, FileFindHandler):
    """Widgets that are not ours."""


def routes(app):
    extensions = get_voila_labextensions_path(app.voila_configuration.extra_labextensions_path)
    themes = {
        "themes_url": "/voila/api/themes",
        "path": app.themes_dir,
        "labextensions_path": extensions,
        "no_cache_paths": ["/"],
    }
    return [
        (r"/voila/static/(.*)", VoilaFile, {"paths": app.static_paths, "default_filename": "index.html"}),
        (r"/voila/api/themes/(.*)", ThemeFile, themes),
        (
            r"/voila/labextensions/(.*)",
            ExtensionFile,
            {"path": app.labextensions_path, "no_cache_paths": ["/"]},
        ),
    ]
