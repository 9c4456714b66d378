"""How every command starts, reports a user's mistake and ends."""

import pathlib
import sys
from collections.abc import Callable, Sequence

from absl import app, flags, logging

from stpose_tf import errors

DONE = 0
USER_ERROR = 1
PARTLY = 2

Main = Callable[[Sequence[str]], int | None]


def run(define_flags: Callable[[], None], main: Main) -> None:
    """Runs `main` as a program and exits.

    Exit codes: 0 done, 1 user error (one line on standard error), 2 partly done
    (`main` returned `PARTLY` and has listed what was skipped).

    Args:
        define_flags: Defines the command's absl flags.
        main: Takes the positional arguments, program name first.
    """
    define_flags()
    for module, own in flags.FLAGS.flags_by_module_dict().items():
        for flag in own if module.startswith("stpose_tf.") else ():
            # What --help shows.
            flags.FLAGS.register_key_flag_for_module(sys.argv[0], flag)

    def guarded(arguments: Sequence[str]) -> int | None:
        # TensorFlow tells of every checkpoint it writes.
        if not flags.FLAGS["verbosity"].present:
            logging.set_verbosity(logging.WARNING)
        if len(arguments) > 1:
            return _refuse(f"expected flags only. Received: {' '.join(arguments[1:])}")
        try:
            return main(arguments)
        except (errors.InputError, FileNotFoundError) as error:
            return _refuse(str(error))
        except KeyboardInterrupt:
            return _refuse("interrupted")

    app.run(guarded, flags_parser=_parse_flags)


def model_source() -> pathlib.Path:
    """Returns the folder of the model that `--workdir` or `--preset` names.

    Raises:
        InputError: If neither or both of the two flags are given.
    """
    given = flags.FLAGS
    if (given.workdir is None) == (given.preset is None):
        raise errors.InputError(
            "expected one of --workdir and --preset. "
            f"Received: {'none' if given.workdir is None else 'both'}"
        )
    return pathlib.Path(given.workdir or given.preset)


def _parse_flags(arguments: Sequence[str]) -> list[str]:
    for argument in arguments:
        if argument.startswith("--config="):
            path = argument.removeprefix("--config=").split(":")[0]
            if not pathlib.Path(path).is_file():
                sys.exit(_refuse(f"--config: expected a file. Received: {path}"))
    try:
        rest: list[str] = flags.FLAGS(list(arguments))
    except (flags.Error, errors.InputError, FileNotFoundError) as error:
        sys.exit(_refuse(_without_traceback(str(error))))
    except (AttributeError, KeyError, TypeError) as error:
        # ml_collections raises these for `--config.section.field` that is no field.
        sys.exit(_refuse(f"--config: {error}"))
    return rest


def _without_traceback(message: str) -> str:
    """Returns an error from inside a config file as its flag and its last line."""
    head, traceback, rest = message.partition("Error whilst parsing config file")
    return head + rest.strip().splitlines()[-1] if traceback else message


def _refuse(message: str) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"error: {line}\n")
    return USER_ERROR
