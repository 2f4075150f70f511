"""What a kernel that a resident's browser talks to can't do, were its code hostile. Linux only.

Three walls, each for what the others can't: `limits` on memory, time, files and descriptors; Landlock, by
which the kernel opens no file but Python's own and its notebook's folder, writes none, connects to the API's
port alone and signals nobody; and a list of system calls that are refused (seccomp), so that it starts no
process and speaks to no socket of this machine's programs. None needs a privilege, and all three together
take a millisecond.

A wall that the system does not have is left out (`walls` says which are there): Landlock came with Linux
5.13, its rules for ports with 6.7 and for signals with 6.12; the list of calls is for x86-64 and ARM64.
"""

import ctypes
import errno
import os
import platform
import resource
import socket
import struct
import sys
from pathlib import Path
from urllib.parse import urlsplit

MIB = 2**20
MEMORY = 512 * MIB  # beyond what was shared at the start
CPU_SECONDS = 600  # of work: a lesson of an hour takes one or two
FILE_SIZE = 16 * MIB
DESCRIPTORS = 256

_libc = ctypes.CDLL(None, use_errno=True)


def confine(*, folder: str, api: str | None, connection: dict) -> None:
    """Close this process in for good, before it has a second thread: Landlock and the loss of powers hold for
    the thread that asks and those that it starts, and libzmq's threads can be made to run anything.
    `folder`: of its notebook, to be read; `api`: the one address that it may connect to; `connection`: the
    sockets that it is yet to bind, as in a connection file. `seal` comes when they are bound."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    drop_privileges()
    close_files_and_ports(readable(folder), urlsplit(api).port if api else None, connection)


def seal() -> None:
    """The rest of it, for all threads: limits, and the calls that are refused, binding among them."""
    limit()
    refuse_calls()


def limit(process: int | None = None, memory: int = MEMORY) -> None:
    """Limits that the process (None: this one) can't raise again; `memory` beyond what it has now."""
    process = process or os.getpid()
    size = int(Path(f"/proc/{process}/statm").read_text().split()[0]) * resource.getpagesize()
    for what, most in (
        (resource.RLIMIT_AS, size + memory),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_NOFILE, DESCRIPTORS),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.prlimit(process, what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.prlimit(process, what, (most, most))


# --- Privileges: as in a container, where the server runs as root.

PR_SET_NO_NEW_PRIVS = 38
CAPABILITIES_VERSION_3 = 0x20080522


def drop_privileges() -> None:
    """None of root's powers remains, such as listening on the network's wire or loading a module."""
    if os.geteuid() == 0:
        header = struct.pack("II", CAPABILITIES_VERSION_3, 0)
        _checked(_libc.capset(header, bytes(24)))


# --- Landlock: <linux/landlock.h>. The numbers of its calls are the same on all architectures.

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, MAKE_SOCKET = 1, 2, 4, 8, 1 << 9
ALL_OF_FILES = {1: 2**13 - 1, 2: 2**14 - 1, 3: 2**15 - 1, 4: 2**15 - 1, 5: 2**16 - 1}
BIND_TCP, CONNECT_TCP = 1, 2
ABSTRACT_SOCKETS, SIGNALS = 1, 2
PATH_BENEATH, NET_PORT = 1, 2
LIBRARIES = ("lib", "lib64", "share")
SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/local/lib",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/dev/zero",
)


def landlock_version() -> int:
    """Of the system's Landlock, 0 without it."""
    return max(0, _libc.syscall(CREATE_RULESET, None, 0, 1))


def readable(folder: str) -> set[str]:
    """What a kernel opens: the system's and Python's libraries and time zones, hocso itself, its own folder,
    and of what the system says of its process its state and memory alone: networks and mounts are the whole
    machine's."""
    roots = {"/usr", sys.prefix, sys.base_prefix}
    libraries = {os.path.join(root, name) for root in roots for name in LIBRARIES}
    packages = {path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")}
    state = {f"/proc/{os.getpid()}/{name}" for name in ("maps", "stat", "statm", "status")}
    return {*SYSTEM, *libraries, *packages, *state, str(Path(__file__).parents[1]), folder}


def close_files_and_ports(paths: set[str], port: int | None, connection: dict) -> None:
    version = landlock_version()
    if version == 0:
        return
    files = ALL_OF_FILES[min(version, max(ALL_OF_FILES))]
    net = BIND_TCP | CONNECT_TCP if version >= 4 else 0
    scoped = ABSTRACT_SOCKETS | SIGNALS if version >= 6 else 0
    attributes = struct.pack("QQQ", files, net, scoped)
    rules = _checked(_libc.syscall(CREATE_RULESET, attributes, len(attributes), 0))
    try:
        for path in paths:
            _allow(rules, path, EXECUTE | READ_FILE | READ_DIR if os.path.isdir(path) else READ_FILE)
        _allow(rules, "/dev/null", READ_FILE | WRITE_FILE)
        if connection["transport"] == "ipc":
            _allow(rules, os.path.dirname(connection["ip"]), MAKE_SOCKET)
        elif net:
            for name, own in connection.items():
                if name.endswith("_port"):
                    _allow_port(rules, own, BIND_TCP)
        if net and port is not None:
            _allow_port(rules, port, CONNECT_TCP)
        _checked(_libc.syscall(RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)


def _allow(rules: int, path: str, access: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not on this system
    try:
        rule = struct.pack("=Qi", access, place)
        _checked(_libc.syscall(ADD_RULE, rules, PATH_BENEATH, rule, 0))
    finally:
        os.close(place)


def _allow_port(rules: int, port: int, access: int) -> None:
    _checked(_libc.syscall(ADD_RULE, rules, NET_PORT, struct.pack("QQ", access, port), 0))


# --- seccomp: <linux/seccomp.h>, <linux/bpf_common.h>. Numbers of calls: (x86-64, ARM64), None where there is
# none.

SET_MODE_FILTER, GET_ACTION_AVAIL, ALL_THREADS = 1, 2, 1
ALLOWED, REFUSED, KILLED = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, EQUAL, ABOVE, ANY_BIT, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
NUMBER, MACHINE, FIRST, SECOND, THIRD, FOURTH = 0, 4, 16, 24, 32, 40  # in seccomp_data; the low halves
MACHINES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}
CLONE, CLONE3, SOCKET = (56, 220), (435, 435), (41, 198)
CLONE_THREAD = 0x10000
AF_INET, AF_INET6, BEYOND_STREAM, BEYOND_TCP = 2, 10, 0xE, ~socket.IPPROTO_TCP & 0xFFFFFFFF
FAST_OPEN = 0x20000000  # sends while connecting, past Landlock's look at ports
SENDING = (((44, 206), FOURTH), ((46, 211), THIRD), ((307, 269), FOURTH))  # sendto, sendmsg, sendmmsg
# fcntl's F_SETOWN, F_SETSIG and F_SETOWN_EX, ioctl's FIOSETOWN and SIOCSPGRP: a signal of its choice to any
# process of the user, where Landlock does not know of signals
OWNING = (((72, 25), (8, 10, 15)), ((16, 29), (0x8901, 0x8902)))
SCHED_OTHER = 0  # what every thread of a socket begins with asking for
PRLIMIT, SETSCHEDULER, SETAFFINITY = (302, 261), (144, 119), (203, 122)
CALLS = {
    # no process, no other program
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "unshare": (272, 97),
    "setns": (308, 268),
    # nothing done to another process of the same user
    "kill": (62, 129),
    "tkill": (200, 130),
    "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "pidfd_send_signal": (424, 424),
    "pidfd_getfd": (438, 438),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    "sched_setattr": (314, 274),
    # no memory that no limit counts, none that stays
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "add_key": (248, 217),
    "keyctl": (250, 219),
    # no door of its own for others: neither a port, which listening alone would open, nor a name
    "bind": (49, 200),
    "listen": (50, 201),
    "mknod": (133, None),
    "mknodat": (259, 33),
    # nothing about a file that it could not open: Landlock looks at neither its mode, owner, times and
    # attributes nor at who watches it
    "chmod": (90, None),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, None),
    "lchown": (94, None),
    "fchown": (93, 55),
    "fchownat": (260, 54),
    "utime": (132, None),
    "utimes": (235, None),
    "futimesat": (261, None),
    "utimensat": (280, 88),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "setxattrat": (463, 463),
    "removexattrat": (466, 466),
    "file_setattr": (469, 469),
    "inotify_add_watch": (254, 27),
    # none of the kernel's wider doors
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
}


def can_refuse_calls() -> bool:
    if platform.machine() not in MACHINES:
        return False
    number = MACHINES[platform.machine()][2]
    return _libc.syscall(number, GET_ACTION_AVAIL, 0, struct.pack("I", REFUSED)) == 0


def refuse_calls() -> None:
    if not can_refuse_calls():
        return
    column, machine, number = MACHINES[platform.machine()]
    filters = _filters(column, machine)
    code = ctypes.create_string_buffer(filters, len(filters))
    program = struct.pack("HxxxxxxQ", len(filters) // 8, ctypes.addressof(code))
    # The threads of its sockets, which are there by now, are held to it too.
    _checked(_libc.syscall(number, SET_MODE_FILTER, ALL_THREADS, program))


def _filters(column: int, machine: int) -> bytes:
    """What is not refused is allowed; of new tasks threads only, of sockets TCP only, limits of its own."""

    def step(code, value, if_so=0, if_not=0):
        return struct.pack("HBBI", code, if_so, if_not, value)

    allow, refuse = step(RETURN, ALLOWED), step(RETURN, REFUSED | errno.EPERM)
    steps = [
        step(LOAD, MACHINE),
        step(EQUAL, machine, 1, 0),
        step(RETURN, KILLED),
        step(LOAD, NUMBER),
        step(ABOVE, 0x3FFFFFFF, 0, 1),  # x86-64's second table of calls
        refuse,
    ]
    for number in (numbers[column] for numbers in CALLS.values()):
        if number is not None:
            steps += [step(EQUAL, number, 0, 1), refuse]
    # The C library then tries clone, whose flags can be seen.
    steps += [step(EQUAL, CLONE3[column], 0, 1), step(RETURN, REFUSED | errno.ENOSYS)]
    steps += [step(EQUAL, CLONE[column], 0, 4), step(LOAD, FIRST)]
    steps += [step(ANY_BIT, CLONE_THREAD, 0, 1), allow, refuse]
    for numbers, argument, value in (
        (PRLIMIT, FIRST, 0),  # the process itself
        (SETAFFINITY, FIRST, 0),
        (SETSCHEDULER, SECOND, SCHED_OTHER),
    ):
        steps += [step(EQUAL, numbers[column], 0, 4), step(LOAD, argument)]
        steps += [step(EQUAL, value, 0, 1), allow, refuse]
    for numbers, values in OWNING:
        steps += [step(EQUAL, numbers[column], 0, 2 * len(values) + 2), step(LOAD, SECOND)]
        steps += [one for value in values for one in (step(EQUAL, value, 0, 1), refuse)] + [allow]
    for numbers, argument in SENDING:
        steps += [step(EQUAL, numbers[column], 0, 4), step(LOAD, argument)]
        steps += [step(ANY_BIT, FAST_OPEN, 1, 0), allow, refuse]
    steps += [step(EQUAL, SOCKET[column], 0, 9), step(LOAD, FIRST)]
    steps += [step(EQUAL, AF_INET, 1, 0), step(EQUAL, AF_INET6, 0, 5), step(LOAD, SECOND)]
    steps += [step(ANY_BIT, BEYOND_STREAM, 3, 0), step(LOAD, THIRD)]
    steps += [step(ANY_BIT, BEYOND_TCP, 1, 0), allow, refuse]
    return b"".join([*steps, allow])


def walls() -> dict[str, bool]:
    """Which walls this system has: {"files", "ports", "signals", "calls"}."""
    version = landlock_version()
    return {
        "files": version >= 1,
        "ports": version >= 4,
        "signals": version >= 6,
        "calls": can_refuse_calls(),
    }


def _prctl(what: int, value: int) -> None:
    _checked(_libc.prctl(what, value, 0, 0, 0))


def _checked(answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return answer
