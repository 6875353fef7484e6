"""The explorer on a pseudo-terminal, seen from the side where a terminal emulator sits."""

import collections
import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

from screen import Screen

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(ROOT, ".build/release/c3n")


def shell(command, environment, terminal, told):
    """Runs a program in the foreground, and again a moment after it stopped; tells the pipe of it."""
    # What is typed while the program does not hold the terminal must not end this.
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTOU):
        signal.signal(number, signal.SIG_IGN)

    def tell(text):
        os.write(told, (text + "\n").encode())

    program = os.fork()
    if program == 0:
        try:
            os.setpgid(0, 0)
            os.tcsetpgrp(terminal, os.getpid())
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTTOU):
                signal.signal(number, signal.SIG_DFL)
            for descriptor in range(3):
                os.dup2(terminal, descriptor)
            os.closerange(3, 256)
            os.execve(command[0], command, environment)
        finally:
            os._exit(127)
    tell(f"started {program}")
    while True:
        _, status = os.waitpid(program, os.WUNTRACED)
        os.tcsetpgrp(terminal, os.getpid())
        if not os.WIFSTOPPED(status):
            tell(f"ended {status}")
            os._exit(0)
        tell("stopped")
        time.sleep(0.02)
        os.tcsetpgrp(terminal, program)
        os.killpg(program, signal.SIGCONT)


class Stuck(Exception):
    """The program takes no more keys; says what it is doing."""


class Terminal:
    """A program in a folder of its own, which also is its home: what it writes goes with it.

    A small shell stands between as a user's does: it continues a program that was stopped by Ctrl-Z, after a moment in
    which the keys are its own. With `watched`, `screen` follows the output as a terminal emulator does.
    """

    def __init__(self, arguments, columns=120, rows=40, program=PROGRAM, watched=False):
        self.folder = tempfile.mkdtemp(prefix="explorer-")
        environment = {
            "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": self.folder,
            "XDG_STATE_HOME": self.folder, "XDG_CONFIG_HOME": self.folder, "TMPDIR": self.folder,
            "SWIFT_BACKTRACE": "enable=no", "C3N_ASSETS": os.path.join(ROOT, "Assets"),
        }
        # Pinned on some machines because of a faulty detection; the program must see what a user's would.
        for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
            if name in os.environ:
                environment[name] = os.environ[name]
        self.screen = Screen(columns, rows) if watched else None
        program = os.path.abspath(program)
        side, other = pty.openpty()
        self.side = side
        self.resize(columns, rows)
        self.modes_before = termios.tcgetattr(side)
        self.keys = collections.deque(maxlen=200)
        self.stops = 0
        self.status = None
        self.reports, told = os.pipe()
        self.started = time.perf_counter()
        self.shell = os.fork()
        if self.shell == 0:
            try:
                os.close(side)
                os.setsid()
                fcntl.ioctl(other, termios.TIOCSCTTY, 0)
                os.chdir(self.folder)
                shell([program] + arguments, environment, other, told)
            finally:
                os._exit(1)
        os.close(other)
        os.close(told)
        os.set_blocking(side, False)
        self.pid = int(self.report()[1])
        os.set_blocking(self.reports, False)

    def report(self):
        """The next line of the shell as words, or none."""
        line = b""
        while not line.endswith(b"\n"):
            try:
                byte = os.read(self.reports, 1)
            except BlockingIOError:
                if not line:
                    return []
                continue
            if not byte:
                return []
            line += byte
        return line.decode().split()

    def resize(self, columns, rows):
        if self.screen:
            self.screen.resize(columns, rows)
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def modes(self):
        return termios.tcgetattr(self.side)

    def send(self, text, limit=20.0):
        """Types, and reads meanwhile. A program that has ended takes nothing.

        Raises `Stuck` for one that is alive and has taken no key for a while.
        """
        self.keys.append((time.perf_counter() - self.started, text))
        rest = text.encode()
        end = time.perf_counter() + limit
        while rest and not self.has_ended():
            try:
                rest = rest[os.write(self.side, rest):]
            except (BlockingIOError, OSError):
                self.receive(0.01)
                if time.perf_counter() > end:
                    raise Stuck(self.state())

    def receive(self, seconds):
        """The bytes that are there at the end of a wait for the first ones; none after the time."""
        if not select.select([self.side], [], [], max(0, seconds))[0]:
            return b""
        try:
            output = os.read(self.side, 1 << 20)
        except (BlockingIOError, OSError):
            # Nobody holds the other side any more: the end is near.
            time.sleep(min(seconds, 0.001))
            return b""
        if self.screen:
            self.screen.feed(output)
        return output

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

    def wait_to_show(self, text, limit=60.0):
        """Waits until a text is on the screen of a watched terminal."""
        end = time.perf_counter() + limit
        while text not in self.screen.text:
            self.receive(0.05)
            if self.has_ended() or time.perf_counter() > end:
                return False
        return True

    def has_ended(self):
        while self.status is None:
            words = self.report()
            if not words:
                break
            if words[0] == "stopped":
                self.stops += 1
            else:
                self.status = int(words[1])
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
        os.waitpid(self.shell, 0)
        os.close(self.side)
        os.close(self.reports)
        shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self):
        """What was written into logs, or nothing."""
        texts = []
        for folder, _, files in os.walk(self.folder):
            for name in files:
                if name.endswith(".log"):
                    with open(os.path.join(folder, name), errors="replace") as file:
                        texts += file.read().splitlines()[-10:]
        return "\n".join(texts)

    def state(self):
        """What the program is doing, the terminal's mode, the last keys and the screen, for people."""
        lines = []
        for task in sorted(os.listdir(f"/proc/{self.pid}/task"), key=int):
            folder = f"/proc/{self.pid}/task/{task}/"
            try:
                texts = [open(folder + name).read().strip() for name in ("comm", "stat", "wchan", "syscall")]
            except OSError as error:
                texts = [str(error), ") ?", "?", "?"]
            run = texts[1].rsplit(")", 1)[1].split()[0]
            lines.append(f"thread {task} {texts[0]}: state {run}, in {texts[2]}, system call {texts[3].split()[0]}")
        if shutil.which("gdb"):
            command = ["gdb", "-p", str(self.pid), "-batch", "-ex", "thread apply all backtrace 12"]
            try:
                trace = subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
                lines += [line[:160] for line in trace.splitlines() if line.startswith(("#", "Thread"))]
            except subprocess.TimeoutExpired:
                pass
        is_cooked = self.modes[3] & termios.ICANON
        lines.append("the terminal is in " + ("line mode, as outside the program" if is_cooked else "raw mode"))
        lines.append("last keys: " + " ".join(f"{when:.3f} {key!r}" for when, key in list(self.keys)[-60:]))
        if self.screen:
            lines += ["screen:"] + self.screen.text.split("\n")
        return "\n".join(lines)

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

    def waits_of_keys(self):
        """Milliseconds that the thread of the screen ran, and that it was ready but had no core."""
        with open(f"/proc/{self.pid}/task/{self.pid}/schedstat") as file:
            return [int(value) / 1e6 for value in file.read().split()[:2]]

    def seconds_of_cpu(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
