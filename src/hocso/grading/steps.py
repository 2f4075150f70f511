"""nbgrader's preprocessors, each deciding as it does in nbgrader, with less work around it.

`faster(step)` gives the version that the server's grading takes in place of one of nbgrader's; the others are
taken as they are. What a class replaces is named in its docstring; read those again with each nbgrader.
"""

import asyncio
import json
import os
from functools import cache
from queue import Empty

import zmq
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient.util import run_hook
from nbgrader import preprocessors as stock
from nbgrader.nbgraderformat import MetadataValidator, ValidationError
from nbgrader.nbgraderformat.common import BaseMetadataValidator
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Type, default

from hocso.kernels.environment import kernel_environment
from hocso.kernels.kernelspec import NAME as READY_KERNEL

from .gradebook import QuizCells, SubmittedCells, open_gradebook


class OverwriteKernelspec(stock.OverwriteKernelspec):
    """In an open gradebook. Replaces `preprocess`."""

    def preprocess(self, nb, resources):
        which = resources["nbgrader"]
        with open_gradebook(which["db_url"]) as gradebook:
            kernelspec = gradebook.find_notebook(which["notebook"], which["assignment"]).kernelspec
        kernelspec = json.loads(kernelspec) if kernelspec is not None else None
        if kernelspec:
            nb.metadata["kernelspec"] = kernelspec
        return nb, resources


class OverwriteCells(stock.OverwriteCells):
    """In an open gradebook, with all cells fetched at once. Replaces `preprocess`."""

    def preprocess(self, nb, resources):
        which = resources["nbgrader"]
        self.notebook_id, self.assignment_id = which["notebook"], which["assignment"]
        with open_gradebook(which["db_url"]) as gradebook:
            self.gradebook = QuizCells(gradebook, self.notebook_id, self.assignment_id)
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
            if self.add_missing_cells:
                nb, resources = self.add_missing_grade_cells(nb, resources)
                nb, resources = self.add_missing_task_cells(nb, resources)
        return nb, resources


class CheckCellMetadata(stock.CheckCellMetadata):
    """With a validator that remembers which metadata it has found valid. Replaces `preprocess`."""

    def preprocess(self, nb, resources):
        try:
            remembering_validator().validate_nb(nb)
        except ValidationError:
            self.log.exception("Notebook failed to validate; the nbgrader metadata may be corrupted.")
            raise ValidationError(
                "Notebook failed to validate; the nbgrader metadata may be corrupted."
            ) from None
        return nb, resources


class _Remembering(BaseMetadataValidator):
    """Sees only the metadata, which are the quiz's own and so few; jsonschema would compile and check the
    schema itself for every cell."""

    def validate_cell(self, cell):
        metadata = json.dumps(cell.metadata.get("nbgrader"), sort_keys=True)
        if metadata not in self.valid:
            super().validate_cell(cell)
            self.valid.add(metadata)


class RememberingValidator(MetadataValidator, _Remembering):
    """nbgrader's own further checks of a cell and of the notebook are made each time."""

    def __init__(self):
        super().__init__()
        self.valid: set[str] = set()


@cache
def remembering_validator() -> RememberingValidator:
    return RememberingValidator()


class QuickChannel(AsyncZMQSocketChannel):
    """Gives a message that has come already after one turn of the event loop, not several."""

    def __init__(self, socket, session, loop=None):
        super().__init__(socket, session, loop)
        self._plain = zmq.Socket.shadow(socket)

    async def get_msg(self, timeout=None):
        try:
            parts = self._plain.recv_multipart(zmq.NOBLOCK)
        except zmq.Again:
            return await super().get_msg(timeout)
        await asyncio.sleep(0)  # a kernel that never stops to talk must not keep the time limit from coming
        return self.session.deserialize(self.session.feed_identities(parts)[1])


class QuickClient(AsyncKernelClient):
    shell_channel_class = Type(QuickChannel)
    iopub_channel_class = Type(QuickChannel)


class Manager(AsyncKernelManager):
    """Kernels whose messages come over quick channels."""

    @default("client_factory")
    def _quick_client(self):
        return QuickClient


class Execute(stock.Execute):
    """A kernel is ready as soon as it has answered on both channels: jupyter_client would then still listen
    for 0.2 s. It is ended at once: everything that it showed is here. Replaces
    `async_start_new_kernel_client`."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"kernel_manager_class": Manager} | kwargs)

    @default("shutdown_kernel")
    def _shutdown_kernel(self):
        return "immediate"

    def setup_kernel(self, **kwargs):
        # nbgrader sets this in its own environment, where other threads would see it.
        kwargs["env"] = {**os.environ, "NBGRADER_EXECUTION": "autograde"}
        if self.kernel_name == READY_KERNEL:
            kwargs["env"] = {**kernel_environment(), "NBGRADER_EXECUTION": "autograde"}
            kwargs["light"] = True
        return super().setup_kernel(**kwargs)

    async def async_start_new_kernel_client(self):
        self.kc = self.km.client()
        try:
            self.kc.start_channels(hb=False)  # whether it lives, its process says
            await asyncio.wait_for(_both_channels_answer(self.kc), self.startup_timeout)
        except Exception:
            await self._async_cleanup_kernel()
            raise
        self.kc.allow_stdin = False
        await run_hook(self.on_notebook_start, notebook=self.nb)
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)


async def _both_channels_answer(client) -> None:
    """Ask until the end of an answer is heard on iopub, whose subscription may come after the first; what
    was said before on either channel is dropped. Raises RuntimeError where the kernel has ended."""
    while True:
        asked = client.kernel_info()
        try:
            while (await client.get_shell_msg(timeout=1))["parent_header"].get("msg_id") != asked:
                pass
            while True:
                said = await client.get_iopub_msg(timeout=0.2)
                if said["parent_header"].get("msg_id") == asked and _is_idle(said):
                    return
        except Empty:
            if not await client.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info") from None


def _is_idle(message: dict) -> bool:
    return message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"


class SaveAutoGrades(stock.SaveAutoGrades):
    """In an open gradebook, with all grades fetched at once. Replaces `preprocess`."""

    def preprocess(self, nb, resources):
        which = resources["nbgrader"]
        self.notebook_id, self.assignment_id = which["notebook"], which["assignment"]
        self.student_id = which["student"]
        with open_gradebook(which["db_url"]) as gradebook:
            self.gradebook = SubmittedCells(gradebook, self.notebook_id, self.assignment_id, self.student_id)
            nb, resources = NbGraderPreprocessor.preprocess(self, nb, resources)
        return nb, resources


class AssignLatePenalties(stock.AssignLatePenalties):
    """In an open gradebook. Replaces `preprocess`."""

    def preprocess(self, nb, resources):
        which = resources["nbgrader"]
        student = which["student"]
        self.init_plugin()
        with open_gradebook(which["db_url"]) as gradebook:
            submission = gradebook.find_submission(which["assignment"], student)
            notebook = gradebook.find_submission_notebook(which["notebook"], which["assignment"], student)
            notebook.late_submission_penalty = None
            late = submission.total_seconds_late
            if late > 0:
                gradebook.db.flush()
                gradebook.db.refresh(notebook)  # its score, which the database adds up
                penalty = self.plugin_inst.late_submission_penalty(student, notebook.score, late)
                if penalty is not None:
                    notebook.late_submission_penalty = self._check_late_penalty(notebook, penalty)
            gradebook.db.commit()
        return nb, resources


FASTER = {
    stock.OverwriteKernelspec: OverwriteKernelspec,
    stock.OverwriteCells: OverwriteCells,
    stock.CheckCellMetadata: CheckCellMetadata,
    stock.Execute: Execute,
    stock.SaveAutoGrades: SaveAutoGrades,
    stock.AssignLatePenalties: AssignLatePenalties,
}


def faster(step):
    """`step`: one of nbgrader's lists of preprocessors names it by class or, from a config file, by path."""
    if isinstance(step, str):
        return {f"{one.__module__}.{one.__name__}": new for one, new in FASTER.items()}.get(step, step)
    return FASTER.get(step, step)
