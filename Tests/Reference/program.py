"""The program that is compared, as a child process."""

import json
import os
import subprocess

from errors import ProgramError

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Program:
    """A built c3n."""

    def __init__(self, path):
        self.path = path
        self.environment = {"C3N_ASSETS": os.path.join(ROOT, "Assets"), **os.environ}

    def version(self):
        """What it says about itself; also the proof that it can be run."""
        return self._run("--version").stdout.strip()

    def report(self, *arguments):
        """The JSON that a command prints. The exit code is not asked: verify has another one where values differ."""
        result = self._run(*arguments)
        try:
            return json.loads(result.stdout)
        except ValueError:
            said = (result.stderr or result.stdout).strip().splitlines()[-3:]
            raise ProgramError(
                f"{self.path} {' '.join(arguments)}: exit code {result.returncode}, expected JSON, found: "
                + (" ".join(said) or "nothing")) from None

    def _run(self, *arguments):
        try:
            return subprocess.run(
                [self.path, *arguments], env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        except OSError as error:
            raise ProgramError(
                f"{self.path}: {error.strerror}; expected a built c3n (swift build -c release --product c3n)") from None
