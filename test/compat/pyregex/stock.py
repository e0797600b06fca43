"""Every rule of the installed fail2ban's filters, run by Python on every sample line.

First line of the output: {"lines": [...]}, the sample lines: as they are, without their date, and what the filter's
prefregex leaves of them. Then one line a rule: {"filter", "rule" (as fail2ban expands it), "flags", "matches"}, the
latter being the flat spans of all groups by index of the line.
"""
import glob
import json
import logging
import os
import re
import sys
from configparser import InterpolationError

sys.path.insert(0, '/usr/lib/python3/dist-packages')
from fail2ban.client.filterreader import FilterReader  # noqa: E402
from fail2ban.server.datedetector import DateDetector  # noqa: E402
from fail2ban.server.failregex import Regex  # noqa: E402

PACKAGE = '/usr/lib/python3/dist-packages/fail2ban/tests'
PLACES = ['/etc/fail2ban', PACKAGE + '/config']


def sample_files(name):
    return glob.glob(f'{PACKAGE}/files/logs/{name}') + glob.glob(f'{PACKAGE}/files/logs/*/{name}')


def option_sets(name):
    """The filter options that the sample file asks for, with more for every filter."""
    sets = [{}, {'logtype': 'journal'}, {'mode': 'aggressive'}, {'mode': 'extra'}, {'mode': 'ddos'}]
    for path in sample_files(name):
        with open(path, encoding='utf-8', errors='replace') as file:
            for found in re.findall(r'^#+ ?(?:file|filter)Options:(.+)$', file.read(), re.M):
                options = json.loads(found)
                sets += options if isinstance(options, list) else [options]
    return [{key: value for key, value in options.items() if not key.startswith('test.')} for options in sets]


def commands(place, name, options):
    reader = FilterReader(name, 'jail', options, basedir=place, share_config={})
    reader.read()
    try:
        reader.getOptions({})
    except InterpolationError:
        return  # A file for others to include, not a filter.
    for command in reader.convert():
        for value in command[3] if command[0] == 'multi-set' else [command[3]]:
            yield command[2], value


def read_rules():
    """(filter, rule, flags) for each rule, and each filter's prefregex."""
    rules, prefixes = {}, {}
    for place in PLACES:
        for path in sorted(glob.glob(place + '/filter.d/*.conf')):
            name = os.path.basename(path)[:-5]
            for options in option_sets(name):
                flags = 0
                for kind, value in commands(place, name, options):
                    if kind == 'maxlines' and int(value) > 1:
                        flags = re.MULTILINE
                    if kind not in ('prefregex', 'addfailregex', 'addignoreregex'):
                        continue
                    for use_dns in ('yes', 'no'):
                        rule = Regex._resolveHostTag(value, useDns=use_dns)
                        rules[(rule, flags if kind == 'addfailregex' else 0)] = name
                        if kind == 'prefregex':
                            prefixes.setdefault(name, set()).add(rule)
    return rules, prefixes


def read_lines(prefixes):
    detector = DateDetector()
    detector.addDefaultTemplate()
    lines = {}
    for path in sample_files('*'):
        if not os.path.isfile(path):
            continue
        with open(path, encoding='utf-8', errors='replace', newline='\n') as file:
            for line in file.read().split('\n'):
                if not line or re.match('#+ ?(?:failJSON|addFILE|(?:file|filter)Options):', line):
                    continue
                lines[line] = True
                found, _ = detector.matchTime(line)
                cut = line[:found.start(1)] + line[found.end(1):] if found else line
                lines[cut] = True
                for prefix in prefixes.get(os.path.basename(path), ()):
                    match = re.search(prefix, cut)
                    if match and match.groupdict().get('content'):
                        lines[match.group('content')] = True
    return list(lines)


def to_utf16(text, place):
    return place if place < 0 else place + sum(char > '\uffff' for char in text[:place])


def main():
    rules, prefixes = read_rules()
    lines = read_lines(prefixes)
    # A text of several lines, as the filters with maxlines see them.
    lines += ['\n'.join(lines[at:at + 4]) + '\n' for at in range(0, len(lines), 37)]
    # Something outside of Latin-1, and of the basic plane, in each of some lines.
    lines += [line.replace('user', '用户').replace(' from ', ' from\u2003') + ' \U0001f600' for line in lines[::29]]
    print(json.dumps({'lines': lines}))
    for (rule, flags), name in rules.items():
        # Its class rewrites flags that are not at the start.
        search = Regex(rule, multiline=flags != 0)._regexObj.search
        matches = {}
        for at, line in enumerate(lines):
            match = search(line)
            if match:
                matches[at] = [to_utf16(line, place) for span in match.regs for place in span]
        print(json.dumps({'filter': name, 'rule': rule, 'flags': flags, 'matches': matches}), flush=True)


logging.getLogger('fail2ban').setLevel(logging.CRITICAL)
main()
