"""What kernels and their templates get of the environment of the process that asks for them."""

import os

# What Python and its libraries need to run, no more.
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


def kernel_environment() -> dict[str, str]:
    """The variables for a kernel or a template of kernels."""
    env = {name: value for name, value in os.environ.items() if name.upper() in INHERITED}
    return env | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
