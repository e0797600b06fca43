"""Python's own `re` for the differential tests; with the argument `fail2ban`, through its class for rules.

Reads one JSON line per batch: a list of [pattern, flags, [[subject, index], ...]], the index in code points.
Writes one JSON line: for each case {"error": [message, position]} or
{"names": {...}, "groups": n, "runs": [[search, match], ...]}, a result being null (no match), "timeout", "broken",
or the flat spans of all groups in UTF-16 units, -1 for unset.
"""
import json
import re
import signal
import sys
import warnings

TIMEOUT_SEC = 0.25


class Timeout(Exception):
    pass


def on_alarm(signum, frame):
    raise Timeout()


def offsets(subject):
    """The UTF-16 index of each code point, or None where it is the same."""
    if not subject or max(subject) < '\U00010000':
        return None
    found = [0]
    for char in subject:
        found.append(found[-1] + (2 if char > '\uffff' else 1))
    return found


def run(method, subject, index, table):
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT_SEC)
    try:
        match = method(subject, index)
    except Timeout:
        return 'timeout'
    except SystemError:
        # "The span of capturing group is wrong, please report a bug for the re module."
        return 'broken'
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if match is None:
        return None
    spans = []
    for start, end in match.regs:
        if table is None or start < 0:
            spans += (start, end)
        else:
            spans += (table[start], table[end])
    return spans


def compile_as_fail2ban(pattern, flags):
    return Regex(pattern, multiline=flags != 0)._regexObj


def answer(pattern, flags, subjects):
    try:
        regex = compile_pattern(pattern, flags)
    except re.error as error:
        return {'error': [error.msg, error.pos]}
    except (OverflowError, ValueError) as error:
        return {'error': [str(error), None]}
    except RecursionError:
        return {'error': ['recursion', None]}
    except Exception as error:
        if type(error).__name__ != 'RegexException':
            raise
        return {'error': [str(error), None]}
    runs = []
    for subject, index in subjects:
        table = offsets(subject)
        runs.append([run(regex.search, subject, index, table), run(regex.match, subject, index, table)])
    return {'names': dict(regex.groupindex), 'groups': regex.groups, 'runs': runs}


compile_pattern = re.compile
if 'fail2ban' in sys.argv:
    sys.path.insert(0, '/usr/lib/python3/dist-packages')
    from fail2ban.server.failregex import Regex
    compile_pattern = compile_as_fail2ban
warnings.simplefilter('ignore')
signal.signal(signal.SIGALRM, on_alarm)
for line in sys.stdin:
    print(json.dumps([answer(*case) for case in json.loads(line)]), flush=True)
