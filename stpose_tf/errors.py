"""The error that a user can mend; every command prints it in one line."""


class InputError(ValueError):
    """A file, field or flag that cannot be used.

    The message names it, says what was expected and what was received. Commands
    print the message alone and exit with 1; any other exception is our own fault
    and keeps its traceback.
    """
