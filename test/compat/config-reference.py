"""Drives the installed fail2ban's configuration reader for many directories in one process.

Reads a JSON list of [directory, pretty] from standard input; writes a JSON list with what `fail2ban-client -c DIR -d`
(or `--dp`) prints for each.
"""

import contextlib
import io
import json
import logging
import resource
import sys

sys.path.insert(0, "/usr/lib/python3/dist-packages")
from fail2ban.client import fail2bancmdline  # noqa: E402

# Some values grow without bound there; that shall not cost the machine its memory.
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))

# As its own tests do: no handlers, no change of log levels.
fail2bancmdline.PRODUCTION = False
logging.getLogger("fail2ban").addHandler(logging.NullHandler())
logging.getLogger("fail2ban").propagate = False

results = []
for directory, pretty in json.load(sys.stdin):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        client = fail2bancmdline.Fail2banCmdLine()
        client.initCmdLine(["fail2ban-client", "-c", directory, "--dp" if pretty else "-d"])
    results.append(printed.getvalue())
json.dump(results, sys.stdout)
