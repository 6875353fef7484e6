"""The explorer on a pseudo-terminal, seen from the side where a terminal emulator sits."""

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, ".build/release/c3n")


class Terminal:
    """A program in a folder of its own, which also is its home: what it writes goes with it."""

    def __init__(self, arguments, columns=120, rows=40, program=PROGRAM):
        self.folder = tempfile.mkdtemp(prefix="explorer-")
        environment = {
            "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": self.folder,
            "XDG_STATE_HOME": self.folder, "XDG_CONFIG_HOME": self.folder, "SWIFT_BACKTRACE": "enable=no",
            "C3N_ASSETS": os.path.join(ROOT, "Assets"),
        }
        # Pinned on some machines because of a faulty detection; the program must see what a user's would.
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            if name in os.environ:
                environment[name] = os.environ[name]
        side, other = pty.openpty()
        self.side = side
        self.resize(columns, rows)
        self.modes_before = termios.tcgetattr(side)
        self.started = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            fcntl.ioctl(other, termios.TIOCSCTTY, 0)
            for descriptor in range(3):
                os.dup2(other, descriptor)
            os.closerange(3, 256)
            os.chdir(self.folder)
            os.execve(program, [program] + arguments, environment)
        os.close(other)
        os.set_blocking(side, False)
        self.status = None

    def resize(self, columns, rows):
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def modes(self):
        return termios.tcgetattr(self.side)

    def send(self, text):
        os.write(self.side, text.encode())

    def receive(self, seconds):
        """The bytes that are there at the end of a wait for the first ones; none after the time."""
        if not select.select([self.side], [], [], max(0, seconds))[0]:
            return b""
        try:
            return os.read(self.side, 1 << 20)
        except (BlockingIOError, OSError):
            return b""

    def drain(self, quiet=0.05, limit=10.0):
        """All bytes until nothing has come for a while."""
        all_bytes = b""
        end = time.perf_counter() + limit
        while time.perf_counter() < end:
            some = self.receive(quiet)
            if not some:
                break
            all_bytes += some
        return all_bytes

    def wait_for(self, text, limit=60.0):
        """Waits until the output contains a text; the bytes until then, or None."""
        seen = b""
        end = time.perf_counter() + limit
        while time.perf_counter() < end:
            seen += self.receive(0.05)
            if text.encode() in seen:
                return seen
            if self.has_ended():
                return None
        return None

    def has_ended(self):
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = status
        return self.status is not None

    def end(self, limit=10.0):
        """Waits for the end; the exit status, negative for a signal, or None."""
        end = time.perf_counter() + limit
        while not self.has_ended():
            self.receive(0.02)
            if time.perf_counter() > end:
                return None
        return os.waitstatus_to_exitcode(self.status)

    def close(self):
        if not self.has_ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.side)
        shutil.rmtree(self.folder, ignore_errors=True)

    # What the kernel knows of it.

    def memory(self, name="VmRSS"):
        """MiB."""
        with open(f"/proc/{self.pid}/status") as file:
            for line in file:
                if line.startswith(name + ":"):
                    return int(line.split()[1]) / 1024
        return 0.0

    def switches(self):
        """How often its threads were woken or preempted so far."""
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            try:
                with open(f"/proc/{self.pid}/task/{task}/status") as file:
                    total += sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)
            except FileNotFoundError:
                pass
        return total

    def seconds_of_cpu(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
