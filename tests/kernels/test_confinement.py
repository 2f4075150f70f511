"""Were the code in a resident's kernel hostile, all that it tries fails; what a lesson needs still works."""

import os
import signal
import socket
import textwrap

import pytest

from hocso.kernels.confinement import MIB, walls

WALLS = walls()
needs = {
    name: pytest.mark.skipif(not there, reason="this system has no such wall")
    for name, there in WALLS.items()
}

TRY = """
def attempt(what):
    try:
        answer = what()
    except BaseException as error:
        return f"{type(error).__name__} {getattr(error, 'errno', None) or ''}".strip()
    return f"did: {str(answer)[:300]}"
"""


@pytest.fixture
def hostile(nursery, write_notebook, with_kernels, tmp_path):
    """Runs lines of Python in a confined kernel and returns what each `attempt` came to."""

    def run(*tries: str, api: str = "http://127.0.0.1:9/api", before: str = "") -> list[str]:
        answers = []

        async def story(start):
            lesson = tmp_path / "bai"
            lesson.mkdir(exist_ok=True)
            (lesson / "hinh.txt").write_text("của bài")
            template = await nursery.prepare("bai", write_notebook(TRY))
            env = {"PATH": os.environ["PATH"], "HOCSO_API": api}
            kernel = await start(template.address, cwd=str(lesson), env=env, confined=True)
            await kernel.run(textwrap.dedent(before) or "1")
            for code in tries:
                answers.append(await kernel.run(f"print(attempt(lambda: {code}))"))

        with_kernels(story)
        return answers

    return run


def test_what_a_lesson_needs_still_works(hostile, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as api:
        port = api.getsockname()[1]
        answers = hostile(
            "open('hinh.txt').read()",
            f"__import__('socket').create_connection(('127.0.0.1', {port})).close()",
            "__import__('concurrent.futures').futures.ThreadPoolExecutor().submit(lambda: 'luồng').result()",
            "len(bytes(100 * 2**20))",
            "__import__('wave').__name__",
            "zoneinfo.ZoneInfo('Asia/Ho_Chi_Minh').key",
            "__import__('psutil').Process().memory_info().rss > 0",
            api=f"http://127.0.0.1:{port}/api",
            before="import zoneinfo",
        )
    assert answers == [
        "did: của bài",
        "did: None",
        "did: luồng",
        f"did: {100 * MIB}",
        "did: wave",
        "did: Asia/Ho_Chi_Minh",
        "did: True",
    ]


@needs["files"]
def test_no_file_of_the_commune_or_of_the_machine_is_read_or_written(hostile, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    for name in ("hocso.db", "secret.key"):
        (data / name).write_text("bí mật")
    answers = hostile(
        f"open({str(data / 'hocso.db')!r}).read()",
        f"open({str(data / 'secret.key')!r}).read()",
        f"os.listdir({str(data)!r})",
        f"os.listdir({str(tmp_path.parent)!r})",
        "open('/etc/passwd').read()",
        "open('../data/secret.key').read()",
        f"os.symlink({str(data / 'secret.key')!r}, 'noi') or open('noi').read()",
        "open('moi.txt', 'w')",
        "open('hinh.txt', 'a')",
        "os.unlink('hinh.txt')",
        f"os.rename({str(data / 'secret.key')!r}, 'hinh.txt')",
        f"os.truncate({str(data / 'hocso.db')!r}, 0)",
        "open('/dev/shm/x', 'w')",
        "__import__('tempfile').TemporaryFile(dir='/tmp')",
        before="import os",
    )
    assert [one for one in answers if not one.startswith(("PermissionError", "OSError"))] == []
    assert (data / "secret.key").read_text() == (data / "hocso.db").read_text() == "bí mật"


@needs["calls"]
def test_no_file_is_closed_to_the_server_opened_to_others_or_watched(hostile, tmp_path):
    """By its mode, owner, times or attributes: Landlock leaves these to whoever owns the file."""
    key = tmp_path / "secret.key"
    key.write_text("bí mật")
    key.chmod(0o600)
    before = key.stat()
    answers = hostile(
        f"os.chmod({str(key)!r}, 0)",
        f"os.chmod({str(tmp_path)!r}, 0o777)",
        "os.fchmod(os.open('hinh.txt', os.O_RDONLY), 0)",
        f"os.chown({str(key)!r}, os.getuid(), os.getgid())",
        f"os.utime({str(key)!r}, (0, 0))",
        f"os.setxattr({str(key)!r}, 'user.x', b'x')",
        f"system('inotify_add_watch', libc.inotify_init(), {str(key)!r}.encode(), 0xFFF)",
        before="""
            import ctypes, os
            libc = ctypes.CDLL(None, use_errno=True)
            def system(name, *arguments):
                if getattr(libc, name)(*arguments) < 0:
                    raise OSError(ctypes.get_errno(), name)
        """,
    )
    assert [one for one in answers if not one.startswith("PermissionError")] == []
    after = key.stat()
    assert (after.st_mode, after.st_mtime) == (before.st_mode, before.st_mtime)


@needs["files"]
def test_no_other_process_is_looked_into(hostile):
    """Neither the server's environment, memory and descriptors, nor those of other kernels."""
    ours = os.getpid()
    answers = hostile(
        *(f"open('/proc/{ours}/{name}', 'rb').read(10)" for name in ("environ", "mem", "maps", "cmdline")),
        f"os.listdir('/proc/{ours}/fd')",
        "open(f'/proc/{os.getppid()}/environ', 'rb').read(10)",
        "os.listdir(f'/proc/{os.getppid()}/fd')",
        "os.listdir('/proc')",
        # what others have opened and mounted, and the names of their kernels' sockets
        *(f"open('/proc/self/{name}').read()" for name in ("net/unix", "net/tcp", "mountinfo", "cgroup")),
        "open(f'/proc/self/task/{os.getpid()}/net/unix').read()",
        f"os.open('/proc/{ours}/root/etc/passwd', os.O_RDONLY)",
        before="import os",
    )
    assert [one for one in answers if not one.startswith("PermissionError")] == []


@needs["calls"]
def test_no_process_is_started_or_hurt(hostile):
    ours = os.getpid()
    answers = hostile(
        "os.fork()",
        "subprocess.run(['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        f"os.kill({ours}, {signal.SIGTERM:d})",
        "os.kill(os.getppid(), 9)",
        f"signal.pidfd_send_signal(os.pidfd_open({ours}), 0)",
        f"os.setpriority(os.PRIO_PROCESS, {ours}, 19)",
        f"os.sched_setaffinity({ours}, [0])",
        f"resource.prlimit({ours}, resource.RLIMIT_NOFILE, (9, 9))",
        "os.memfd_create('x')",
        f"fcntl.fcntl(pair[0], fcntl.F_SETOWN, {ours})",
        "fcntl.fcntl(pair[0], fcntl.F_SETSIG, signal.SIGKILL)",
        f"fcntl.ioctl(pair[0], 0x8901, ({ours}).to_bytes(4, 'little'))",
        "system('msgget', 0x1234, 0o1600)",
        "system('semget', 0x1234, 1, 0o1600)",
        before="""
            import ctypes, fcntl, os, resource, signal, socket, subprocess
            pair = socket.socketpair()
            libc = ctypes.CDLL(None, use_errno=True)
            def system(name, *arguments):
                if getattr(libc, name)(*arguments) < 0:
                    raise OSError(ctypes.get_errno(), name)
        """,
    )
    assert [one for one in answers if not one.startswith("PermissionError")] == []


@pytest.mark.parametrize("word", ['{"exit": null}', '{"exit": "0"}', "[" * 100_000, "[]"])
def test_whatever_it_says_of_its_own_end_the_server_takes_it_for_ended(word, nursery, with_kernels, tmp_path):
    """Taken for alive, or not done with, it would have the server close a descriptor that is not the
    kernel's any more."""

    async def story(start):
        kernel = await start(nursery.plain, cwd=str(tmp_path), confined=True)
        await kernel.run("import os, socket, stat")
        await kernel.run(
            "ours = [socket.socket(fileno=n) for n in range(3, 64)"
            " if os.path.exists(f'/proc/self/fd/{n}') and stat.S_ISSOCK(os.fstat(n).st_mode)]"
        )
        await kernel.run(
            "own = [one for one in ours if str(one.getsockname()).endswith('plain.sock')]\n"
            f"assert own; [one.sendall({word!r}.encode() + b'\\n') for one in own]"
        )
        process = kernel.process
        process.kill()
        process.wait(5)
        assert type(process.poll()) is int

    with_kernels(story)


@needs["ports"]
def test_the_api_is_all_of_the_network(hostile, tmp_path):
    """No other port of this machine (a database, say), no template of kernels, no other kernel's socket."""
    with socket.create_server(("127.0.0.1", 0)) as database, socket.socket(socket.AF_UNIX) as template:
        address = str(tmp_path / "s")
        template.bind(address)
        template.listen()
        answers = hostile(
            f"socket.create_connection(('127.0.0.1', {database.getsockname()[1]}))",
            "socket.create_server(('127.0.0.1', 0))",
            f"socket.socket(socket.AF_UNIX).connect({address!r})",
            "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
            "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
            "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
            "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
            "socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)",  # multipath TCP
            "socket.socket().sendto(b'x', 0x20000000, ('127.0.0.1', 9))",  # TCP fast open
            "socket.socket().sendmsg([b'x'], [], 0x20000000, ('127.0.0.1', 9))",
            "socket.socket().listen()",
            "os.mknod('cua', 0o140600)",
            before="import os, socket",
        )
    assert [one for one in answers if not one.startswith("PermissionError")] == []


# A function in Python as what frees a message: libzmq's own thread calls it.
BY_ANOTHER_THREAD = """
import ctypes, os, struct, threading, time, zmq

def powers():
    found = ctypes.create_string_buffer(24)
    assert ctypes.CDLL(None).capget(struct.pack("II", 0x20080522, 0), found) == 0
    return found.raw.strip(bytes(1))

def by_another_thread(port, what):
    lines = open("/proc/self/maps").read().split()
    libzmq = ctypes.CDLL(next(word for word in lines if "libzmq" in word))
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
    answers, ended = [], threading.Event()

    def free(data, hint):
        answers.append(threading.get_native_id())
        answers.extend(attempt(one) for one in what)
        ended.set()

    peer = get_ipython().kernel.parent.context.socket(zmq.STREAM)
    peer.connect(f"tcp://127.0.0.1:{port}")
    assert peer.poll(5000)
    name, _ = peer.recv_multipart()
    peer.send(name, zmq.SNDMORE)
    message, data, kept = (ctypes.c_ubyte * 64)(), ctypes.create_string_buffer(70_000), kind(free)
    libzmq.zmq_msg_init_data(message, data, ctypes.c_size_t(70_000), kept, None)
    libzmq.zmq_msg_send(message, ctypes.c_void_p(peer.underlying), 0)
    assert ended.wait(5)
    assert answers.pop(0) != threading.get_native_id()
    return answers
"""


@needs["files"]
def test_the_threads_of_its_sockets_can_do_no_more(hostile, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "secret.key").write_text("bí mật")
    with socket.create_server(("127.0.0.1", 0)) as api:
        port = api.getsockname()[1]
        (answers,) = hostile(
            f"""by_another_thread({port}, [
                lambda: open({str(data / "secret.key")!r}).read(),
                lambda: open({str(data / "moi.txt")!r}, "w"),
                lambda: os.listdir("/root"),
                lambda: open(f"/proc/{{os.getppid()}}/environ"),
                lambda: os.fork(),
                powers,
            ])""",
            api=f"http://127.0.0.1:{port}/api",
            before=BY_ANOTHER_THREAD,
        )
    assert eval(answers.removeprefix("did: ")) == [
        *["PermissionError 13"] * 4,
        "PermissionError 1",
        "did: b''",
    ]
    assert sorted(data.iterdir()) == [data / "secret.key"]


@needs["ports"]
def test_the_threads_of_its_sockets_connect_nowhere_else(hostile):
    with socket.create_server(("127.0.0.1", 0)) as database:
        database.settimeout(1)
        (answer,) = hostile(
            f"peer.connect('tcp://127.0.0.1:{database.getsockname()[1]}') and peer.poll(1500)",
            before="""
                import zmq
                peer = get_ipython().kernel.parent.context.socket(zmq.STREAM)
            """,
        )
        with pytest.raises(TimeoutError):
            database.accept()
    assert answer == "did: 0"


def test_memory_files_descriptors_and_time_have_an_end(hostile):
    answers = hostile(
        "bytearray(2 * 2**30)",
        "[bytearray(2**20) for _ in range(2048)]",
        "[os.dup(1) for _ in range(5000)]",
        "resource.getrlimit(resource.RLIMIT_CPU)[1] <= 3600",
        "resource.getrlimit(resource.RLIMIT_CORE)",
        "resource.getrlimit(resource.RLIMIT_FSIZE)[1] <= 2**25",
        "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        before="import os, resource",
    )
    assert answers[:3] == ["MemoryError", "MemoryError", "OSError 24"]
    assert answers[3:6] == ["did: True", "did: (0, 0)", "did: True"]
    assert answers[6].startswith(("ValueError", "PermissionError"))


def test_no_power_of_root_is_left(hostile):
    (powers,) = hostile(
        "[line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')]"
    )
    assert powers == "did: ['0000000000000000']"


def test_a_kernel_of_an_author_is_not_confined(nursery, with_kernels, tmp_path):
    async def story(start):
        kernel = await start(nursery.plain, cwd=str(tmp_path))
        await kernel.run("open('cua-tac-gia.txt', 'w').write('x')")
        await kernel.run("import subprocess; subprocess.run(['true'], check=True)")

    with_kernels(story)
    assert (tmp_path / "cua-tac-gia.txt").exists()
