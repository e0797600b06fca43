"""Runs the installed fail2ban-regex in one process: one JSON request a line, one JSON answer a line."""
import atexit
import io
import json
import logging
import os
import shutil
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout

sys.path.insert(0, '/usr/lib/python3/dist-packages')

from fail2ban.client import fail2banregex
from fail2ban.server import datedetector, failregex, filter as filters
from fail2ban.server.ipdns import DNSUtils, IPAddr
from fail2ban.server.mytime import MyTime
import fail2ban.tests as f2b_tests

TEST_CONFIG = os.path.join(os.path.dirname(f2b_tests.__file__), 'config')
DEFAULT_PATTERNS = list(datedetector.DateDetectorCache.DEFAULT_TEMPLATES)
LOGGER = logging.getLogger('fail2ban')


class FixedTime:
    """The module `time` for the report: a line without a date counts as of now."""
    strftime = staticmethod(time.strftime)
    time = staticmethod(time.time)

    @staticmethod
    def localtime(seconds=None):
        return time.localtime(MyTime.time() if seconds is None else seconds)


def name_to_ips(name):
    """Names are looked up without a network: a short one has an address, a long one has none."""
    return set() if len(name) > 40 else {IPAddr('203.0.113.%d' % (len(name) % 250 + 1))}


DNSUtils.dnsToIp = staticmethod(name_to_ips)
fail2banregex.time = FixedTime


def fresh():
    """What a new process would have: no date templates with hits, no handlers, no bytes complained about."""
    datedetector.DD_patternCache.clear()
    datedetector.DateDetectorCache.DEFAULT_TEMPLATES[:] = DEFAULT_PATTERNS
    datedetector.DateDetector._defCache = datedetector.DateDetectorCache()
    filters._decode_line_warn.clear()
    for handler in list(LOGGER.handlers):
        LOGGER.removeHandler(handler)
    LOGGER.setLevel(logging.CRITICAL)


def run(request):
    fresh()
    sys.argv = [request.get('name', 'fail2ban-regex'), *request['args']]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            fail2banregex.exec_command_line()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        except Exception as error:
            # As the interpreter does with an exception that nobody catches.
            err.write('%s: %s\n' % (type(error).__name__, error))
            code = 1
    return {'code': code, 'stdout': out.getvalue(), 'stderr': err.getvalue()}


def tags(_request):
    """What the tags for addresses stand for in the reports."""
    return {tag: failregex.Regex._resolveHostTag('<%s>' % tag) for tag in ('HOST', 'ADDR', 'SUBNET', 'IP4', 'IP6', 'DNS')}


def test_config(_request):
    """The reference's own test filters; they include the stock ones from seven folders up."""
    root = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, root)
    deep = os.path.join(root, *'123456')
    shutil.copytree(os.path.join(TEST_CONFIG, 'filter.d'), os.path.join(deep, 'filter.d'))
    os.symlink('/etc/fail2ban', os.path.join(root, 'config'))
    return deep


HANDLERS = {'run': run, 'tags': tags, 'test-config': test_config}

for text in sys.stdin:
    request = json.loads(text)
    if request.get('zone'):
        os.environ['TZ'] = request['zone']
        time.tzset()
    if request.get('nowSec') is not None:
        MyTime.setTime(float(request['nowSec']))
    try:
        answer = {'ok': HANDLERS[request['op']](request)}
    except Exception as error:
        answer = {'failed': repr(error)}
    print(json.dumps(answer), flush=True)
