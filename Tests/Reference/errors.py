"""What is told in one line, without a traceback."""


class FixtureError(Exception):
    """A file is not the reference fixture that was expected."""


class ProgramError(Exception):
    """The program could not be run, or said something that is not a report."""
