import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { repositoryRoot } from './sources.ts';

/** A checkout in miniature: our real scripts and launchers around files of the test's own. Gone after the test. */
export class TestCheckout {
  readonly root: string;

  /** The path has a space in it, since people's paths have. */
  constructor(context: TestContext) {
    const folder = mkdtempSync(join(tmpdir(), 'warder-checkout-'));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    this.root = join(folder, 'a checkout');
    mkdirSync(this.root);
  }

  path(name: string): string {
    return join(this.root, name);
  }

  /** Copies a file or folder of the repository. */
  copy(name: string): void {
    cpSync(join(repositoryRoot, name), this.path(name), { recursive: true });
  }

  /** Links a folder of the repository. */
  link(name: string): void {
    symlinkSync(join(repositoryRoot, name), this.path(name));
  }

  write(name: string, text: string): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    return this.path(name);
  }

  /** A shell script that can be run. */
  writeProgram(name: string, body: string): string {
    const path = this.write(name, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  }
}
