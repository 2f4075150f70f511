"""A ready kernel is forked, but behaves as if it had been started for its visitor alone."""

import asyncio
import glob
import os
import signal
import time

import psutil
import pytest

from hocso.kernels import provisioner
from hocso.kernels.nursery import ForkedProcess, NoTemplate, Nursery


def test_the_notebook_has_run_before_the_kernel_starts(nursery, write_notebook, with_kernels):
    async def story(start):
        template = await nursery.prepare("bai", write_notebook("import os\nran_in = os.getpid()", "6 * 7"))
        assert template.outputs[1][0]["data"]["text/plain"] == "42"
        kernel = await start(template.address)
        assert isinstance(kernel.process, ForkedProcess)
        assert await kernel.run("import os; print(ran_in != os.getpid())") == "True"

    with_kernels(story)


def test_two_visitors_never_see_each_others_state(nursery, write_notebook, with_kernels):
    async def story(start):
        template = await nursery.prepare("bai", write_notebook("kept = []"))
        one, other = await start(template.address), await start(template.address)
        await one.run("kept.append('của một người'); import sys; sys.modules['bi_mat'] = kept")
        assert await one.run("print(kept)") == "['của một người']"
        assert await other.run("print(kept, 'bi_mat' in __import__('sys').modules)") == "[] False"
        later = await start(template.address)
        assert await later.run("print(kept)") == "[]"

    with_kernels(story)


def test_random_numbers_uuids_and_time_are_each_kernels_own(nursery, write_notebook, with_kernels):
    async def story(start):
        cell = "import random, uuid, time, numpy\nrandom.seed(1); numpy.random.seed(1); born = time.time()"
        template = await nursery.prepare("bai", write_notebook(cell))
        kernels = [await start(template.address) for _ in range(3)]
        code = (
            "print(random.random(), numpy.random.random(), uuid.uuid4(), get_ipython().kernel.ident, "
            "get_ipython().kernel.session.session, sep='|')"
        )
        drawn = [(await kernel.run(code)).split("|") for kernel in kernels]
        for kind in zip(*drawn, strict=True):
            assert len(set(kind)) == 3, kind
        assert float(await kernels[0].run("print(time.time() - born)")) > 0

    with_kernels(story)


def test_environment_and_folder_are_those_that_were_asked_for(
    nursery, write_notebook, with_kernels, tmp_path
):
    async def story(start):
        template = await nursery.prepare("bai", write_notebook("import os; os.environ['CUA_KHUON'] = '1'"))
        kernel = await start(template.address, env={"PATH": "/bin", "RIENG": "x"}, cwd=str(tmp_path))
        names = await kernel.run("import os; print(sorted(os.environ)); print(os.getcwd())")
        assert "'RIENG'" in names
        assert "CUA_KHUON" not in names
        assert str(tmp_path) in names

    with_kernels(story)


def test_no_descriptor_of_another_kernel_or_of_the_template_is_open(nursery, write_notebook, with_kernels):
    listing = (
        "import os, socket\n"
        "print(sorted(os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')"
        " if os.path.exists(f'/proc/self/fd/{n}')))"
    )

    async def story(start):
        template = await nursery.prepare("bai", write_notebook("1"))
        first = await start(template.address)
        before = eval(await first.run(listing))
        others = [await start(template.address) for _ in range(5)]
        last = await start(template.address)
        after = eval(await last.run(listing))
        # A client's connections come and go: of sockets each kernel has its own.
        assert [name for name in after if "socket:" not in name] == [
            name for name in before if "socket:" not in name
        ]
        sockets = {name for name in after if "socket:" in name}
        for other in (first, *others):
            assert not sockets & set(eval(await other.run(listing)))

    with_kernels(story)


def test_interrupting_stops_a_cell_and_nothing_else(nursery, with_kernels):
    async def story(start):
        kernel = await start(nursery.plain)
        # What comes right after a cell that failed is aborted otherwise, as Jupyter's protocol has it.
        kernel.client.execute("print('đang chạy'); import time; time.sleep(60)", stop_on_error=False)
        while (await kernel.client.get_iopub_msg(timeout=60))["content"].get("text") != "đang chạy\n":
            pass
        await kernel.manager.interrupt_kernel()
        reply = await kernel.client.get_shell_msg(timeout=60)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert await kernel.run("print('còn đây')") == "còn đây"

    with_kernels(story)


def test_restarting_gives_a_new_process_that_answers(nursery, with_kernels):
    async def story(start):
        kernel = await start(nursery.plain)
        await kernel.run("x = 1")
        before = kernel.process.pid
        await kernel.manager.restart_kernel()
        await kernel.client.wait_for_ready(timeout=20)
        assert kernel.process.pid != before
        assert await kernel.run("print('x' in globals())") == "False"

    with_kernels(story)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("import os; os._exit(3)", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
    ],
)
def test_a_death_is_noticed_with_its_exit_code(nursery, with_kernels, how, code):
    async def story(start):
        kernel = await start(nursery.plain)
        kernel.client.execute(how)
        assert await asyncio.wait_for(kernel.process.ended(), 60) == code
        assert not await kernel.manager.is_alive()

    with_kernels(story)


def test_no_zombie_and_no_socket_file_is_left(nursery, with_kernels):
    async def story(start):
        kernels = [await start(nursery.plain) for _ in range(4)]
        pids = [kernel.process.pid for kernel in kernels]
        files = [kernel.manager.connection_file for kernel in kernels]
        for number, kernel in enumerate(kernels):
            await kernel.manager.shutdown_kernel(now=number % 2 == 0)
        assert not [pid for pid in pids if psutil.pid_exists(pid)]
        for file in files:
            assert not glob.glob(file + "*")

    with_kernels(story)


def test_kernels_outlive_their_template_and_end_with_their_owner(nursery, write_notebook, with_kernels):
    async def story(start):
        template = await nursery.prepare("bai", write_notebook("x = 5"))
        kernel = await start(template.address)
        template.retire()
        await asyncio.sleep(0.3)
        assert await kernel.run("print(x)") == "5"
        pid = kernel.process.pid
        kernel.process.connection.shutdown(2)  # as when the owner's process has died
        await asyncio.wait_for(kernel.process.ended(), 60)
        await gone(pid)

    with_kernels(story)


async def gone(pid: int) -> None:
    """Wait until the process has left the table of processes: no zombie."""
    for _ in range(100):
        if not psutil.pid_exists(pid):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{pid} is still there: {psutil.Process(pid).status()}")


def test_all_ends_when_the_process_that_asked_for_it_is_killed(tmp_path):
    script = tmp_path / "owner.py"
    script.write_text(
        "import sys, time\nfrom hocso.kernels.nursery import Nursery\n"
        "n = Nursery(); n.begin(); n.wait_until_ready(); print(n.process.pid, flush=True); time.sleep(60)\n"
    )
    owner = psutil.Popen([os.sys.executable, str(script)], stdout=-1)
    template = psutil.Process(int(owner.stdout.readline()))
    owner.kill()
    owner.wait()
    template.wait(timeout=60)


STUBBORN = """
import ctypes, os, signal, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)  # no signal when the parent dies
try:
    between = os.fork()
    if between == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        while True:
            time.sleep(1)
    os.waitpid(between, 0)
except PermissionError:
    pass  # it is confined
print("deaf", flush=True)
while True:
    time.sleep(1)
"""


@pytest.mark.parametrize("confined", [False, True])
@pytest.mark.parametrize("killed_first", ["nobody", "its template"])
def test_nothing_of_a_kernel_that_will_not_end_outlives_its_server(
    tmp_path, write_notebook, confined, killed_first
):
    script = tmp_path / "owner.py"
    script.write_text(
        f"""
import asyncio, os
from hocso.kernels.nursery import Nursery
from jupyter_client.manager import AsyncKernelManager

async def story():
    nursery = Nursery(); nursery.begin()
    template = await nursery.prepare("bai", {str(write_notebook("x = 5"))!r})
    manager = AsyncKernelManager(kernel_name="hocso")
    await manager.start_kernel(template=template.address, confined={confined}, cwd={str(tmp_path)!r})
    client = manager.client(); client.start_channels()
    client.execute({STUBBORN!r})
    while (await client.get_iopub_msg())["content"].get("text") != "deaf\\n":
        pass
    print(nursery.process.pid, flush=True)
    await asyncio.sleep(60)

asyncio.run(story())
"""
    )
    owner = psutil.Popen([os.sys.executable, str(script)], stdout=-1)
    plain = psutil.Process(int(owner.stdout.readline()))
    [template] = [one for one in plain.children() if one.children()]
    all_of_them = [plain, *plain.children(recursive=True)]
    assert len(all_of_them) == (3 if confined else 4)
    if killed_first == "its template":
        template.kill()
    owner.kill()
    owner.wait()
    assert psutil.wait_procs(all_of_them, timeout=60)[1] == []


def test_a_failing_cell_is_named_and_leaves_no_template(nursery, write_notebook):
    before = len(psutil.Process(nursery.process.pid).children())
    with pytest.raises(NoTemplate, match=r"ô 2: ZeroDivisionError"):
        asyncio.run(nursery.prepare("hong", write_notebook("x = 1", "x / 0")))
    until = time.monotonic() + 60
    while len(psutil.Process(nursery.process.pid).children()) != before:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_where_the_template_is_gone_an_ordinary_kernel_serves(nursery, with_kernels, caplog):
    async def story(start):
        kernel = await start(str(nursery.folder / "khong-co.sock"))
        assert not isinstance(kernel.process, ForkedProcess)
        assert await kernel.run("print(1 + 1)") == "2"

    with_kernels(story)
    assert "mở kernel thường" in caplog.text


def test_a_kernel_that_was_to_be_confined_is_never_an_ordinary_one(nursery, with_kernels):
    async def story(start):
        with pytest.raises(NoTemplate):
            await start(str(nursery.folder / "khong-co.sock"), confined=True)

    with_kernels(story)


def test_where_there_is_no_fork_ordinary_kernels_serve(monkeypatch, with_kernels):
    monkeypatch.delattr(os, "pidfd_open")
    monkeypatch.setattr(provisioner, "_plain", None)
    with pytest.raises(NoTemplate):
        Nursery()

    async def story(start):
        kernel = await start()
        assert not isinstance(kernel.process, ForkedProcess)
        assert await kernel.run("print(1 + 1)") == "2"

    with_kernels(story)


def test_a_kernel_without_a_template_comes_from_this_process_own(with_kernels):
    async def story(start):
        kernel = await start()
        assert isinstance(kernel.process, ForkedProcess)
        assert await kernel.run("print('hocso.learn' in __import__('sys').modules)") == "True"

    with_kernels(story)
