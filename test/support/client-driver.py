"""Runs the commands of fail2ban's own client in one process, so that a thousand of them take seconds.

Reads a JSON object per line (`args`: the command line behind the program's name; or `socket` and `words`: a request sent as it
is) and prints one per line: what the client printed, what it logged, its exit code, and the answer as Python shows it.
"""

import contextlib
import io
import json
import logging
import sys

sys.path.insert(0, "/usr/lib/python3/dist-packages")
from fail2ban.client import fail2banclient  # noqa: E402

answers = []


class RecordingSocket(fail2banclient.CSocket):
    def send(self, *args, **kwargs):
        answer = super().send(*args, **kwargs)
        answers.append(answer)
        return answer


def described(value):
    """`repr`, for exceptions with their module, since two classes of one name are two."""
    if isinstance(value, BaseException):
        return f"{type(value).__module__}.{type(value).__name__}{value.args!r}"
    if type(value) is tuple and len(value) == 2:
        return f"({described(value[0])}, {described(value[1])})"
    return repr(value)


def command_line(args):
    out, err = io.StringIO(), io.StringIO()
    log = logging.getLogger("fail2ban")
    log.handlers[:] = []
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        ok = fail2banclient.Fail2banClient().start(["fail2ban-client", *args])
    return {"out": out.getvalue(), "err": err.getvalue(), "code": 0 if ok else 255}


def request(path, words):
    client = RecordingSocket(path)
    try:
        client.send(words)
    finally:
        client.close()
    return {"out": "", "err": "", "code": 0}


fail2banclient.CSocket = RecordingSocket
for line in sys.stdin:
    given = json.loads(line)
    answers.clear()
    if "args" in given:
        result = command_line(given["args"])
    else:
        result = request(given["socket"], given["words"])
    result["answers"] = [described(answer) for answer in answers]
    print(json.dumps(result), flush=True)
