"""The Voilà application that serves the kit."""

import asyncio
import gc
import logging
import os
import shutil
import signal
import ssl
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path

import jinja2
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.ioloop import IOLoop
from tornado.netutil import bind_sockets
from tornado.web import Application, RedirectHandler, StaticFileHandler
from traitlets import Bool, Instance, Integer, Type, default
from voila.app import Voila
from voila.paths import collect_template_paths

from hocso.course import Catalogue
from hocso.course.glossary import GLOSSARY_FILE
from hocso.grading import release_path
from hocso.kernels.kernelspec import ready_kernel_name
from hocso.records import Database, settings, sheets

from . import (
    account,
    administration,
    api,
    attendance,
    behind,
    boards,
    calendar,
    certificate_list,
    certificates,
    class_lists,
    exchange,
    front_end,
    glossary,
    holidays,
    home,
    kpi,
    learning,
    paper_grid,
    paper_quizzes,
    papers,
    people,
    personal,
    pins,
    presenting,
    registers,
    results,
    rosters,
    signin,
    staff,
    trainer,
    twins,
    uploads,
)
from .access import EVERYBODY, guarded
from .assets import AssetHandler, Assets
from .backups import back_up_daily
from .capacity import allow_descriptors, most_lessons
from .card_tokens import CardTokens
from .departures import Departures
from .figures import Figures
from .headers import NO_PAGE, SafeHeaders
from .http_server import LARGEST_FILE, KitServer
from .identity import VisitorIdentity, VisitorOwnsKernel
from .kernels import LONGEST_MESSAGE, LearnerKernels, LearnerSocket, ReadyConnection, ShutdownOwnKernel
from .limits import Limits
from .network import lan_address
from .page import NotFound, vietnamese_filters, without_words
from .queue import GradingQueue
from .ready import ReadyLessons
from .tokens import BoardPass, KernelTokens, Pass

HERE = Path(__file__).parent
KERNEL_ID = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
SLUG = r"([a-z0-9-]+)"
UUID = r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"

# A server that other machines reach listens here.
EVERYWHERE = ("", "0.0.0.0", "::")

# Stock Voilà lets `shutdown_request` through too; a resident's page needs widget messages only.
WIDGET_MESSAGES = ["comm_open", "comm_close", "comm_msg", "comm_info_request", "kernel_info_request"]

# Says whose data folder a server serves, in the folder of its kernels' sockets.
OF_DATA = "of-data"

# The front-end parts that our pages need; the others that happen to be installed are not loaded.
FRONT_END_PARTS = ["@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget"]


class HocSo(Voila):
    """Voilà with our pages around it. `kit` holds lessons and quizzes, `data` what the commune writes."""

    name = "voila"
    kit = Instance(Path)
    data = Instance(Path)
    database = Instance(Database)
    catalogue = Instance(Catalogue)
    tls = Instance(ssl.SSLContext, allow_none=True, help="With it the server speaks HTTPS only.")
    behind_proxy = Bool(False, help="A proxy on this machine says who the visitor is, and whether by HTTPS.")
    max_lessons_open = Integer(help="Lessons at the same time; the next visitor is asked to wait.")

    identity_provider_class = Type(default_value=VisitorIdentity, klass=IdentityProvider)
    authorizer_class = Type(default_value=VisitorOwnsKernel, klass=Authorizer)

    @default("max_lessons_open")
    def _max_lessons_open(self):
        return most_lessons()

    @default("root_dir")
    def _root_dir(self):
        return str(self.kit)

    @default("log_level")
    def _log_level(self):
        return logging.WARNING

    @default("open_browser")
    def _open_browser(self):
        return False

    @default("port_retries")
    def _port_retries(self):
        return 0

    @default("config_file_paths")
    def _config_file_paths(self):
        return []

    def initialize(self, argv=None):
        allow_descriptors()
        super().initialize(argv or [])
        if os.name == "posix":
            # Not over TCP: others on the machine could listen, and ports picked early are lost to others.
            self.config.KernelManager.transport = "ipc"
        # tornado takes jupyter_server's ping times, which are milliseconds, for seconds, and warns of them
        # at every websocket.
        logging.getLogger("tornado.general").setLevel(logging.ERROR)
        # As for SIGTERM: a KeyboardInterrupt is lost when it is raised inside a callback that catches all.
        signal.signal(signal.SIGINT, self._handle_signal_stop)
        configuration = self.voila_configuration
        configuration.multi_kernel_manager_class = LearnerKernels
        configuration.extension_allowlist = FRONT_END_PARTS
        configuration.template = "lab"
        configuration.theme = "light"

    def setup_template_dirs(self):
        super().setup_template_dirs()
        self.template_paths = [
            str(self.kit / "voila_apps" / "templates" / "hocso"),
            *collect_template_paths(["voila", "nbconvert"], "lab", prune=True),
        ]

    def init_settings(self):
        self.cookie_secret = server_secret(self.data)
        sweep_sockets(self.data, Path(self.connection_dir))
        settings = super().init_settings()
        self.kernel_manager.allowed_message_types = WIDGET_MESSAGES
        self.kernel_manager.max_kernels = self.max_lessons_open
        pages = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HERE / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        pages.filters.update(vietnamese_filters())
        pages.globals |= {
            "largest_file": LARGEST_FILE,
            "largest_sheet": sheets.LARGEST_FILE,
            "sheet_too_large": sheets.TOO_LARGE,
        }
        self.grading_queue = GradingQueue(self.kit, self.data, self.log)
        self.assets = Assets()
        self.departures = Departures(self.database)
        self.figures = Figures(self.database, self.catalogue)
        self.ready_lessons = ReadyLessons(
            self.assets,
            partial(learning.render_ready, self),
            self.log,
            also=[self.kit / GLOSSARY_FILE, self.kit / "voila_apps/templates/hocso/index.html.j2"],
            hooks=dict.fromkeys(boards.apps(self.kit), boards.HOOKS),
        )
        settings |= {
            "compress_response": True,
            "xsrf_cookies": True,
            "xsrf_cookie_kwargs": {"samesite": "Lax"},
            "kernel_websocket_connection_class": ReadyConnection,
            "websocket_max_message_size": LONGEST_MESSAGE,
            "allow_unauthenticated_access": True,
            "log_function": log_without_personal_data,
            "default_handler_class": NotFound,
            "default_handler_args": {"access": EVERYBODY},
            "headers": {"Content-Security-Policy": NO_PAGE},  # of Jupyter's handlers
            "hocso": self,
            "pages": pages,
            "limits": Limits(),
            "cards": CardTokens(self.cookie_secret),
            "tokens": KernelTokens(self.cookie_secret, Pass),
            "board_tokens": KernelTokens(self.cookie_secret, BoardPass),
        }
        return settings

    def init_handlers(self):
        """All that is served, each with its row of `web.access`."""
        return guarded(self.routes())

    def routes(self) -> list[tuple]:
        """Our pages, and of Voilà's handlers only those that a lesson page calls."""
        return [
            (r"/static/([0-9a-f]{16}/[\w.-]+)", AssetHandler),
            *home.routes(),
            *glossary.routes(),
            *signin.routes(UUID),
            *pins.routes(),
            *learning.routes(SLUG),
            *results.routes(UUID),
            *certificates.routes(SLUG),
            *api.routes(UUID),
            *account.routes(),
            *trainer.routes(UUID),
            *attendance.routes(UUID),
            *class_lists.routes(UUID),
            *papers.routes(UUID),
            *paper_quizzes.routes(UUID),
            *paper_grid.routes(UUID),
            *presenting.routes(SLUG),
            *staff.routes(),
            *kpi.routes(),
            *behind.routes(UUID),
            *boards.routes(UUID),
            *calendar.routes(),
            *registers.routes(),
            *holidays.routes(),
            *certificate_list.routes(UUID),
            *people.routes(UUID),
            *personal.routes(),
            *rosters.routes(UUID),
            *twins.routes(),
            *exchange.routes(UUID),
            *administration.routes(UUID),
            (rf"/api/kernels/{KERNEL_ID}", KernelHandler),
            (rf"/api/kernels/{KERNEL_ID}/channels", LearnerSocket),
            (rf"/voila/api/shutdown/{KERNEL_ID}", ShutdownOwnKernel),
            *front_end.routes(self),
            (
                r"/hoc/([a-z0-9-]+/pictures/[a-z0-9-]+\.(?:svg|png|jpe?g|webp))",
                StaticFileHandler,
                {"path": str(self.kit / "lessons")},
            ),
            (r"/favicon\.ico", RedirectHandler, {"url": self.assets.url("favicon.svg"), "permanent": False}),
        ]

    @property
    def kernel_api_url(self) -> str:
        """Where kernels on this machine reach our API."""
        if self.tls:
            return f"http://127.0.0.1:{self.door_for_kernels}/api"
        host = "127.0.0.1" if self.ip in (*EVERYWHERE, "localhost") else self.ip
        return f"http://{host}:{self.port}/api"

    def public_url(self, request) -> str:
        """The address that a phone in the hall can open: the one the trainer uses, or this machine's on the
        local network where the trainer sits at the machine itself and it listens there. A server that listens
        to its own machine alone is behind a proxy: the address that staff set, where they did."""
        named = request.host.rsplit(":", 1)[0]
        host = request.host
        if self.ip in EVERYWHERE:
            if named in ("localhost", "127.0.0.1", "::1"):
                host = f"{lan_address() or named}:{self.port}"
        elif address := self._address_set():
            return address
        return f"{request.protocol}://{host}"

    def lasting_url(self, request) -> str:
        """The address on what is read long after the class: the one that staff set, else the hall's."""
        return self._address_set() or self.public_url(request)

    def _address_set(self) -> str:
        with self.database.session(readonly=True) as session:
            return settings.get(session, "public_address")

    def about(self, notebook: Path) -> dict:
        """What a page says of the lesson, quiz or app in `notebook`; without a learner."""
        if notebook not in self._pages:
            return {"mode": "app"}
        lesson, mode = self._pages[notebook]
        return {
            "mode": mode,
            "lesson": lesson,
            "track": self.catalogue.track(lesson.track),
            "following": self.catalogue.after(lesson),
            "learner_name": None,
            "place": None,
        }

    def listen(self):
        self.grading_queue.start()
        uploads.sweep(self.data)
        ready_kernel_name()
        lessons = self.catalogue.lessons
        quizzes = {release_path(self.data, one.quiz_id): one for one in lessons if one.quiz_id}
        self._pages = {one.path: (one, "lesson") for one in lessons}
        self._pages |= {release: (one, "quiz") for release, one in quizzes.items()}
        IOLoop.current().add_callback(self.ready_lessons.start, [*boards.apps(self.kit), *self._pages])
        if (self.data / "hocso.db").is_file():
            self.daily_backup = asyncio.ensure_future(back_up_daily(self.kit, self.data, self.log))
        # All that is there now stays: going through it takes the collector 0.3 s, in which nobody is served.
        gc.collect()
        gc.freeze()
        if self.tls:
            self._open_door_for_kernels()
        self.app.add_transform(SafeHeaders)
        self.app.listen = self._listen
        super().listen()

    def _listen(self, port, address):
        server = KitServer(self.app, ssl_options=self.tls, xheaders=self.behind_proxy)
        server.listen(port, address)
        return server

    def _handle_signal_stop(self, number, frame):
        """Stop; where the loop has not begun, as soon as it does. Voilà knows its loop only from then on."""
        loop = IOLoop.current()
        loop.add_callback_from_signal(loop.stop)

    def _open_door_for_kernels(self):
        """The API on a port of this machine's own: the certificate is for a name, by which kernels, who know
        no name, can't call."""
        routes = guarded([*api.routes(UUID), *boards.api_routes(UUID)])
        api_alone = Application(routes, **self.app.settings)
        api_alone.add_transform(SafeHeaders)
        door = KitServer(api_alone)
        sockets = bind_sockets(0, "127.0.0.1")
        door.add_sockets(sockets)
        self.door_for_kernels = sockets[0].getsockname()[1]

    def stop(self):
        self.grading_queue.stop()
        super().stop()
        self.ready_lessons.stop()


def server_secret(data: Path) -> bytes:
    """The key that signs cookies and kernel tokens; made on first use, readable by its owner only."""
    file = data / "secret.key"
    try:
        return file.read_bytes()
    except FileNotFoundError:
        data.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
        with os.fdopen(handle, "wb") as out:
            out.write(os.urandom(32))
        return file.read_bytes()


def sweep_sockets(data: Path, ours: Path) -> None:
    """Mark the folder of our kernels' sockets as this data folder's, and remove those that its killed servers
    have left: whoever serves is alone with a data folder, so of what is marked as its own nothing runs."""
    about = data.stat()
    mark = f"{about.st_dev}:{about.st_ino}:{data.resolve()}"
    for marked in ours.parent.glob(f"voila_*/{OF_DATA}"):
        with suppress(OSError):  # another user's
            if marked.read_text(encoding="utf-8") == mark:
                shutil.rmtree(marked.parent)
    (ours / OF_DATA).write_text(mark, encoding="utf-8")


def log_without_personal_data(handler):
    """A line for each request: no query and no words (names could be in them), no address of the visitor."""
    status = handler.get_status()
    app = handler.settings["hocso"]
    write = app.log.error if status >= 500 else app.log.warning if status >= 400 else app.log.debug
    took = 1000 * handler.request.request_time()
    # What is no address of ours can be anything, a name without its marks as well.
    path = "(không có)" if status == 404 else without_words(handler.request.path)
    write("%s %s %d %.0f ms", handler.request.method, path, status, took)
