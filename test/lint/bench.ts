import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { ConfigSurvey, readConfiguration } from '../../src/config/index.ts';
import { type Finding, lint, lintableJails } from '../../src/lint/index.ts';

/** A configuration of its own, and what the linter has to say about it. */
export class LintBench {
  readonly path: string;

  constructor(context: TestContext, files: Readonly<Record<string, string>>) {
    this.path = mkdtempSync(join(tmpdir(), 'warder-lint-'));
    context.after(() => rmSync(this.path, { recursive: true, force: true }));
    for (const [name, text] of Object.entries(files)) this.write(name, text);
  }

  write(name: string, text: string): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  findings(): Finding[] {
    const layers = [this.path];
    const survey = new ConfigSurvey(layers);
    const jails = lintableJails(readConfiguration({ layers, allowNoFiles: true }));
    return lint(survey, { filters: survey.names('filter.d'), jails, options: true });
  }

  /** `file:line CODE option`, of errors and warnings. */
  complaints(): string[] {
    return this.findings()
      .filter(({ severity }) => severity !== 'info')
      .map((finding) => this.place(finding));
  }

  place({ file = '', line, code, option = '' }: Finding): string {
    return `${file.slice(this.path.length + 1)}:${line} ${code} ${option}`.trimEnd();
  }
}

/** A filter of one rule, and what is found in it. */
export function findingsOnRule(context: TestContext, failregex: string, more = ''): Finding[] {
  const bench = new LintBench(context, {
    'filter.d/app.conf': `[Definition]\nfailregex = ${failregex}\n${more}`,
  });
  return bench.findings();
}
