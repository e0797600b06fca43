import { spawnSync } from 'node:child_process';

/** Debian's own Python, with which fail2ban runs; a `python3` earlier in the PATH may be another one. */
export const systemPython = '/usr/bin/python3';

/**
 * Runs a Python program once with JSON on its standard input and returns the JSON that it printed.
 * The program sees the input as `given` and assigns `result`.
 */
export function runPython(program: string, given: unknown): unknown {
  const wrapped = `import json, sys\ngiven = json.load(sys.stdin)\n${program}\njson.dump(result, sys.stdout)\n`;
  const run = spawnSync(systemPython, ['-c', wrapped], {
    input: JSON.stringify(given),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    env: { ...process.env, PYTHONPATH: '', PYTHONIOENCODING: 'utf-8' },
  });
  if (run.status !== 0) throw new Error(`python3 failed (${run.status}): ${run.stderr}`);
  return JSON.parse(run.stdout);
}
