"""Which characters match a pattern, for the test of Unicode data. Reads {"text", "patterns"}, writes lists of indices."""
import json
import re
import sys
import warnings

warnings.simplefilter('ignore')
task = json.load(sys.stdin)
print(json.dumps([[match.start() for match in re.finditer(pattern, task['text'])] for pattern in task['patterns']]))
