"""Prints src/pyregex/charset/unicode-tables.ts, computed by this Python itself.

Run with Python 3.11 (Unicode 14.0.0); the test pyregex-unicode.test.ts compares the output with the file:

    /usr/bin/python3 test/compat/pyregex/unicode-tables.py > src/pyregex/charset/unicode-tables.ts
"""
import _sre
import unicodedata
from re import _casefix

DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'


def base36(number):
    if number < 0:
        return '-' + base36(-number)
    text = ''
    while True:
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
        if number == 0:
            return text


def ranges(belongs):
    """The distance from the end of the range before, and the length less one, for each range."""
    found = []
    for code in range(0x110000):
        if belongs(chr(code)):
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    end = 0
    numbers = []
    for low, high in found:
        numbers += [low - end, high - low]
        end = high
    return ' '.join(map(base36, numbers))


def runs(mapping):
    """start, count, step and delta of each run of characters that move by the same distance."""
    found = []
    for code, target in mapping:
        if found:
            start, count, step, delta = found[-1]
            gap = code - (start + (count - 1) * step)
            if target - code == delta and (gap == step if count > 1 else gap in (1, 2)):
                found[-1] = (start, count + 1, gap, delta)
                continue
        found.append((code, 1, 1, target - code))
    return ' '.join(base36(number) for run in found for number in run)


def moved(change):
    return [(code, change(code)) for code in range(0x110000) if change(code) != code]


def show(name, comment, text):
    print(f'\n/** {comment} */')
    lines = [text[at:at + 100] for at in range(0, len(text), 100)]
    if len(lines) == 1 and len(name) + len(text) < 90:
        print(f"export const {name} = '{text}';")
        return
    print(f'export const {name} =')
    print('\n'.join(f"  '{line}' +" for line in lines)[:-2] + ';')


print('// Made by test/compat/pyregex/unicode-tables.py; do not edit. The data is that of Python 3.11, on purpose not that of')
print("// the runtime's own Unicode version: a rule must match the same characters as under fail2ban.")
print(f'// Unicode {unicodedata.unidata_version}. Numbers are in base 36; for ranges: gap to the end before, length less one;')
print('// for case mappings: start, count, step, delta.')
show('wordRanges', '`\\w`: letters, digits and other numbers, and the underscore.',
     ranges(lambda char: char.isalnum() or char == '_'))
show('digitRanges', '`\\d`: decimal digits, always in runs from 0 to 9.', ranges(str.isdecimal))
show('spaceRanges', '`\\s`.', ranges(str.isspace))
show('lowerRuns', "Characters whose lower case (first character of it) is another one, as the engine's own table has it.",
     runs(moved(_sre.unicode_tolower)))
show('upperRuns', 'Likewise for the upper case.', runs(moved(lambda code: ord(chr(code).upper()[0]))))
show('extraCases', 'Lower-case characters that share their upper case: one list of equals after the other, 0 in between.',
     ' '.join(' '.join(map(base36, (key, *others, 0))) for key, others in _casefix._EXTRA_CASES.items()))
