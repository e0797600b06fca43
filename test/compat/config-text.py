"""What Python and the installed fail2ban make of texts: a JSON list of [kind, value] in, a JSON list of results out."""

import json
import pprint
import shlex
import sys
import warnings

sys.path.insert(0, "/usr/lib/python3/dist-packages")
from fail2ban.helpers import extractOptions, splitWithOptions, splitwords  # noqa: E402
from fail2ban.server.mytime import MyTime  # noqa: E402

warnings.simplefilter("ignore")


def attempt(call):
    try:
        return call()
    except Exception:  # what is refused, not how, is of interest
        return None


def options(text):
    try:
        name, given = extractOptions(text)
        return [name, list(given.items())]
    except ValueError as error:
        return str(error)


kinds = {
    "options": options,
    "split": lambda text: [part.strip() for part in splitWithOptions(text)],
    "words": splitwords,
    "shell": lambda text: attempt(lambda: shlex.split(text)),
    "integer": lambda text: attempt(lambda: str(int(text))),
    "span": lambda text: attempt(lambda: repr(MyTime.str2seconds(text))),
    "pretty": lambda value: pprint.pformat(value, width=60, indent=2),
}
json.dump([kinds[kind](value) for kind, value in json.load(sys.stdin)], sys.stdout)
