"""The one exception whose message is written for the person at the keyboard."""


class UserError(ValueError):
    """Something the user gave cannot be used.

    The message is one sentence or a short list: what was wrong, what is allowed, what was received, and
    what to do. Commands print it and exit with 1; a traceback is shown only with `--debug`.
    """
