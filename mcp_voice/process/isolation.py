"""Nothing that we run or import comes from the working directory.

MCP hosts start us in whatever folder they were started in themselves, and a cloned repository is such a folder.
This is imported before Python's path is clean, so it uses only what the interpreter has loaded by then.
"""

import os
import sys

__all__ = [
    "FOLDER",
    "SILENCE",
    "child_environment",
    "find_program",
    "in_working_directory",
    "isolate",
    "module_command",
]

FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib is not loaded yet
"""A working directory of ours, for child processes."""
ROOT = os.path.realpath(os.path.dirname(FOLDER))  # noqa: PTH120 - as above
"""Where this package was imported from: whoever could change what is there has changed us already."""
PASSED_ON = frozenset(
    {
        *("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP"),
        *("TMPDIR", "LANG", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "PYTHONSAFEPATH"),
    }
)
PASSED_ON_PREFIXES = ("LC_", "COVERAGE_")  # the latter so that the tests can measure our children as well
SILENCE = "ORT_DISABLE_TELEMETRY"
"""onnxruntime, from 1.32 on also on Linux, tells its makers of each use, unless this is 1."""
SUFFIX = ".exe" if sys.platform == "win32" else ""


def isolate() -> None:
    """Keep this process, and all that it starts, from the modules and programs of the working directory.

    For a program to call first. What Python has imported before that cannot be helped: with an empty or relative entry
    of PYTHONPATH the folder's ``sitecustomize``, with ``python -m`` (not ``python -P -m``) its package of our name.
    """
    sys.path[:] = search_path()
    # for all Pythons that a library starts: multiprocessing's are `python -c`, which looks into the folder first
    os.environ["PYTHONSAFEPATH"] = "1"
    # LiveKit's plugin runs its model in our own process.
    os.environ.setdefault(SILENCE, "1")
    # Windows looks for programs there first
    os.environ["NODEFAULTCURRENTDIRECTORYINEXEPATH"] = "1"
    # LiveKit's native library asks `lsb_release` and `getconf` of PATH what system this is, with our environment.
    _leave("PATH", [entry for entry in _entries("PATH") if not in_working_directory(entry)])
    _leave("PYTHONPATH", [entry for entry in _entries("PYTHONPATH") if os.path.isabs(entry)])  # noqa: PTH117 - as above


def _entries(name: str) -> list[str]:
    return os.environ.get(name, "").split(os.pathsep)


def _leave(name: str, entries: list[str]) -> None:
    if entries:
        os.environ[name] = os.pathsep.join(entries)
    else:
        os.environ.pop(name, None)  # an empty one would mean the working directory


def search_path() -> list[str]:
    """Where Python looks for modules, without the working directory and what is relative to it."""
    relative = [each for each in _entries("PYTHONPATH") if not os.path.isabs(each)]  # noqa: PTH117
    shut_out = {_real(each or os.curdir) for each in ("", *relative)} - {ROOT}
    return [each for each in sys.path if os.path.isabs(each) and _real(each) not in shut_out]  # noqa: PTH117


def module_command(module: str, *arguments: str) -> list[str]:
    """Run a module of ours in a child; to be given an environment of ``child_environment``."""
    return [sys.executable, "-P", "-m", module, *arguments]


def child_environment(*names: str, prefixes: tuple[str, ...] = (), python: bool = False) -> dict[str, str]:
    """What a program needs to run at all, and of our environment what it is said to need besides; no secret.

    ``python`` adds PYTHONPATH: a child then finds what we find, wherever that is installed.
    """
    wanted, begins = PASSED_ON.union(names), PASSED_ON_PREFIXES + prefixes
    environment = {
        name: value for name, value in os.environ.items() if name.upper() in wanted or name.upper().startswith(begins)
    }
    environment[SILENCE] = os.environ.get(SILENCE, "1")
    if python:
        environment["PYTHONPATH"] = os.pathsep.join(each for each in search_path() if os.pathsep not in each)
    return environment


def find_program(name: str) -> str | None:
    """The path of the first such program on PATH that does not lie in the working directory, if there is one."""
    for entry in os.environ.get("PATH", os.defpath).split(os.pathsep):
        path = os.path.join(entry, name + SUFFIX)  # noqa: PTH118 - as above
        if not in_working_directory(path) and os.path.isfile(path) and os.access(path, os.X_OK):  # noqa: PTH113
            return path
    return None


def in_working_directory(path: str) -> bool:
    """Whether the path is relative, or lies in the working directory and that is not the user's home or above it."""
    if not os.path.isabs(path):  # noqa: PTH117 - as above
        return True
    here = _real(os.curdir)
    return _contains(here, _real(path)) and not _contains(here, _real(os.path.expanduser("~")))  # noqa: PTH111


def _contains(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _real(path: str) -> str:
    try:
        return os.path.normcase(os.path.realpath(path))
    except OSError:  # the working directory is gone
        return ""
