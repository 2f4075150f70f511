"""The kernels of lessons: whose they are, what they are given, and when they end."""

import os

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado import web
from traitlets import Integer, default

# What a kernel gets of the server's environment: what Python and its libraries need to run, no more.
# Never a database address, a secret, or the data folder.
INHERITED = {
    "APPDATA",
    "COMSPEC",
    "CONDA_PREFIX",
    "HOME",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "LOCALAPPDATA",
    "MPLCONFIGDIR",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "PATH",
    "PATHEXT",
    "PROGRAMDATA",
    "PYTHONPATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "TMPDIR",
    "TZ",
    "USERPROFILE",
    "VIRTUAL_ENV",
}


class HallIsFull(Exception):
    """As many lessons are open as this machine is set to carry."""


class LearnerKernels(AsyncMappingKernelManager):
    """Jupyter's kernel manager, with an owner for each kernel and an environment without secrets."""

    max_kernels = Integer(60)

    @default("cull_idle_timeout")
    def _cull_idle_timeout(self):
        return 300

    @default("cull_interval")
    def _cull_interval(self):
        return 60

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._owners: dict[str, str] = {}

    async def start_for(self, visitor_id: str, *, cwd: str, api: str, token: str | None) -> str:
        """Start a kernel that `visitor_id` owns and that may write with `token` to `api`; return its id.
        Raises HallIsFull."""
        if len(self) >= self.max_kernels:
            raise HallIsFull
        env = {name: value for name, value in os.environ.items() if name.upper() in INHERITED}
        env |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
        if token is not None:
            env |= {"HOCSO_API": api, "HOCSO_TOKEN": token}
        kernel_id = await ensure_async(self.start_kernel(kernel_name="python3", path=cwd, env=env))
        self._owners[kernel_id] = visitor_id
        return kernel_id

    def cwd_for_path(self, path, **kwargs):
        """Lessons run in their own folder; quizzes lie in the data folder, outside the root of the kit."""
        return path

    def belongs_to(self, kernel_id: str | None, visitor_id: str) -> bool:
        return kernel_id is not None and self._owners.get(kernel_id) == visitor_id

    def remove_kernel(self, kernel_id):
        self._owners.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)


class ShutdownOwnKernel(APIHandler):
    """The page says goodbye: its kernel ends. Voilà's own handler would end anybody's."""

    auth_resource = "kernels"

    @web.authenticated
    @authorized("execute")
    async def post(self, kernel_id):
        await ensure_async(self.kernel_manager.shutdown_kernel(kernel_id))
        self.set_status(204)
        self.finish()
