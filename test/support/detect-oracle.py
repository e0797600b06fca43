"""Runs the installed fail2ban's own detection for the compat tests: one JSON request a line, one JSON answer a line."""
import atexit
import datetime
import json
import os
import re
import shutil
import sys
import tempfile
import time
import types

sys.path.insert(0, '/usr/lib/python3/dist-packages')

from fail2ban.client.filterreader import FilterReader
from fail2ban.server import datedetector, utils
from fail2ban.server.filter import FileFilter, Filter
from fail2ban.server.ipdns import DNSUtils, IPAddr
from fail2ban.server.mytime import MyTime
import fail2ban.tests as f2b_tests

SAMPLES = os.path.join(os.path.dirname(f2b_tests.__file__), 'files', 'logs')
TEST_CONFIG = os.path.join(os.path.dirname(f2b_tests.__file__), 'config')
DEFAULT_PATTERNS = list(datedetector.DateDetectorCache.DEFAULT_TEMPLATES)
FILTERS = {}

# A host name stands for itself here: names are resolved elsewhere in Warder.
DNSUtils.dnsToIp = staticmethod(lambda name: {IPAddr(name, IPAddr.CIDR_RAW)})
# What is remembered for a while forgets by the time of the test, too.
utils.time = types.SimpleNamespace(time=MyTime.time, sleep=time.sleep)


def fresh_dates():
    """Date templates and their hits are shared by all jails of a process; each test begins without them."""
    datedetector.DD_patternCache.clear()
    datedetector.DateDetectorCache.DEFAULT_TEMPLATES[:] = DEFAULT_PATTERNS
    datedetector.DateDetector._defCache = datedetector.DateDetectorCache()


def plain(value):
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, IPAddr):
        return plain(value.ntoa)
    return value


def test_config():
    """The reference's own test filters; they include the stock ones from seven folders up."""
    root = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, root)
    deep = os.path.join(root, *'123456')
    shutil.copytree(os.path.join(TEST_CONFIG, 'filter.d'), os.path.join(deep, 'filter.d'))
    os.symlink('/etc/fail2ban', os.path.join(root, 'config'))
    return deep


def stock_settings(request):
    """What a stock filter comes to with the given options."""
    basedir = test_config() if request['name'].startswith('zzz-') else request['basedir']
    options = dict(request['options'])
    reader = FilterReader(request['name'], 'jail', options, basedir=basedir, share_config={})
    if not reader.read():
        raise ValueError('no such filter')
    reader.getOptions({})
    settings = {'failRegex': [], 'ignoreRegex': [], 'maxLines': 1}
    for opt in reader.convert():
        values = opt[3] if opt[0] == 'multi-set' else [opt[3]]
        if opt[2] == 'addfailregex':
            settings['failRegex'] += values
        elif opt[2] == 'addignoreregex':
            settings['ignoreRegex'] += values
        elif opt[2] == 'prefregex':
            settings['prefRegex'] = values[-1]
        elif opt[2] == 'maxlines':
            settings['maxLines'] = int(values[-1])
        elif opt[2] == 'datepattern':
            settings['datePattern'] = values[-1]
    return settings


class JailOfFiles:
    name = 'jail'
    database = None
    idle = False


def open_files(request):
    """A filter that reads files by itself, as a jail's does; what it finds is kept until it is asked for."""
    fresh_dates()
    flt = FileFilter(JailOfFiles(), useDns=request['settings']['useDns'])
    configure(flt, request['settings'])
    flt.active, flt.idle, flt.ignoreSelf = True, False, False
    flt.setMaxRetry(1 << 30)
    flt.setLogEncoding(request['encoding'])
    found = []
    count = flt.failManager.addFailure

    def record(ticket, *args, **kwargs):
        found.append({
            'id': plain(ticket.getID()), 'timeSec': ticket.getTime(),
            'lines': [m if isinstance(m, str) else ''.join(m) for m in ticket.getMatches()],
        })
        return count(ticket, *args, **kwargs)

    flt.failManager.addFailure = record
    for path in request['paths']:
        flt.addLogPath(path)
    FILTERS[request['id']] = flt, found
    return None


def read_files(request):
    flt, found = FILTERS[request['id']]
    del found[:]
    for path in request['paths']:
        flt.getFailures(path)
    return list(found)


def make_filter(request):
    """A filter with settings and a way of use as Warder's inspector has them."""
    fresh_dates()
    settings, mode = request['settings'], request['mode']
    flt = Filter(None, useDns=settings['useDns'])
    flt.returnRawHost = bool(mode.get('rawHosts'))
    flt.checkAllRegex = bool(mode.get('allRules'))
    flt.checkFindTime = bool(mode.get('judgeAge'))
    flt.ignorePending = not mode.get('keepPending')
    flt.inOperation = bool(mode.get('inOperation'))
    configure(flt, settings)
    ignored = []
    flt.onIgnoreRegex = lambda index, regex: ignored.append(index)
    FILTERS[request['id']] = flt, ignored
    return None


def configure(flt, settings):
    flt.setFindTime(settings['findTimeSec'])
    if settings.get('maxLines', 1) > 1:
        flt.setMaxLines(settings['maxLines'])
    if settings.get('logTimeZone') is not None:
        flt.setLogTimeZone(settings['logTimeZone'])
    if settings.get('datePattern') is not None:
        flt.setDatePattern(settings['datePattern'])
    if settings.get('prefRegex'):
        flt.prefRegex = settings['prefRegex']
    for regex in settings['failRegex']:
        flt.addFailRegex(regex)
    for regex in settings['ignoreRegex']:
        flt.addIgnoreRegex(regex)


def run_line(flt, ignored, line):
    del ignored[:]
    try:
        if line.get('timeSec') is not None:
            at = datetime.datetime.fromtimestamp(line['timeSec']).astimezone().isoformat() + ' '
            found = flt.processLine(('', at, line['text']), line['timeSec'])
        else:
            found = flt.processLine(line['text'])
    except Exception as error:
        return {'error': repr(error)}
    rows = []
    for rule, fid, at, fail in found:
        fields = {k: plain(v) for k, v in fail.items() if k not in ('matches', 'nofail-matches', 'mlfpending')}
        lines = [m if isinstance(m, str) else ''.join(m) for m in fail.get('matches', [])]
        rows.append({'rule': rule, 'id': plain(fid), 'timeSec': at, 'fields': list(fields.items()), 'lines': lines})
    return {'rows': rows, 'ignored': list(ignored)}


def set_now(request):
    if request.get('zone'):
        os.environ['TZ'] = request['zone']
        time.tzset()
    if request.get('nowSec') is not None:
        MyTime.setTime(request['nowSec'])


def run_lines(request):
    flt, ignored = FILTERS[request['id']]
    return [run_line(flt, ignored, line) for line in request['lines']]


def run_dates(request):
    """Dates of lines by one detector: text, time and template of each, or null."""
    fresh_dates()
    detector = datedetector.DateDetector()
    try:
        detector.default_tz = request.get('logTimeZone')
        for pattern in filter(bool, map(str.strip, re.split('\n+', request.get('pattern') or ''))):
            detector.appendTemplate(pattern)
    except Exception as error:
        return {'error': repr(error)}
    answers = []
    for line in request['lines']:
        try:
            match, template = detector.matchTime(line)
            if match is None:
                answers.append(None)
                continue
            found = detector.getTime(match.group(1), (match, template))
            answers.append({
                'start': match.start(1), 'end': match.end(1), 'template': template.name,
                'timeSec': None if found is None else found[0],
            })
        except Exception as error:
            answers.append({'error': repr(error)})
    return {'answers': answers, 'order': [t.name for t in detector.templates], 'hits': [t.hits for t in detector.templates]}


def read_samples(request):
    """The sample lines of a stock filter: text, what is expected of it, and the option sets that it is for."""
    name = request['name']
    files, samples, common = [name], [], {}
    tests, skip, expected = [{}], False, None
    for file in files:
        skip = False
        with open(os.path.join(SAMPLES, file), encoding='utf-8') as handle:
            content = handle.read().split('\n')
        for number, line in enumerate(content, 1):
            mark = re.match('^#+ ?(failJSON|(?:file|filter)Options|addFILE):(.+)$', line)
            if mark:
                data = json.loads(mark.group(2))
                if mark.group(1) == 'fileOptions':
                    common = data
                elif mark.group(1) == 'addFILE':
                    files.append(data)
                elif mark.group(1) == 'failJSON':
                    expected = data
                else:
                    tests, skip = [], False
                    for options in data if isinstance(data, list) else [data]:
                        options = dict(common, **options)
                        if options.get('test.condition'):
                            skip = not eval(options['test.condition'], {'name': name})
                        if not skip:
                            tests.append(options)
                continue
            if skip or (expected is None and (line.startswith('#') or not line.strip())):
                expected = None
                continue
            fits = [
                opts for opts in tests
                if not (expected or {}).get('constraint')
                or eval(expected['constraint'], {'name': name, 'opts': opts})
            ]
            samples.append({
                'file': file, 'number': number, 'text': line.rstrip('\r\n'),
                'expected': expected or {}, 'tests': fits,
            })
            expected = None
    return samples


def sample_names(request):
    return sorted(name for name in os.listdir(SAMPLES) if os.path.isfile(os.path.join(SAMPLES, name)))


HANDLERS = {
    'open files': open_files, 'read files': read_files,
    'stock': stock_settings, 'filter': make_filter, 'lines': run_lines, 'dates': run_dates,
    'samples': read_samples, 'names': sample_names,
}

for text in sys.stdin:
    request = json.loads(text)
    set_now(request)
    try:
        answer = {'ok': HANDLERS[request['op']](request)}
    except Exception as error:
        answer = {'failed': repr(error)}
    print(json.dumps(answer), flush=True)
