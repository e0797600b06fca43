import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { systemPython } from './python.ts';

/** What a run of fail2ban's client showed. */
export interface ClientRun {
  readonly out: string;
  readonly err: string;
  readonly code: number;
  /** The answers that it got, as Python shows them: types, nesting and exceptions. */
  readonly answers: readonly string[];
}

/** fail2ban's own client, kept in one Python process for many commands. */
export class ClientDriver {
  readonly #child: ChildProcess;
  readonly #waiting: { resolve: (run: ClientRun) => void; reject: (error: unknown) => void }[] = [];
  #errorText = '';

  constructor() {
    const program = `${import.meta.dirname}/client-driver.py`;
    const env = { ...process.env, PYTHONPATH: '', PYTHONIOENCODING: 'utf-8' };
    this.#child = spawn(systemPython, [program], { stdio: ['pipe', 'pipe', 'pipe'], env });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#errorText += chunk.toString();
    });
    createInterface({ input: this.#child.stdout! }).on('line', (line) =>
      this.#waiting.shift()?.resolve(JSON.parse(line) as ClientRun),
    );
    this.#child.once('close', () => {
      const error = new Error(`the Python client ended: ${this.#errorText}`);
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    });
  }

  /** The client with this command line. */
  run(args: readonly string[]): Promise<ClientRun> {
    return this.#ask({ args });
  }

  /** A request of any words, sent as it is. */
  send(socket: string, words: readonly unknown[]): Promise<ClientRun> {
    return this.#ask({ socket, words });
  }

  close(): void {
    this.#child.stdin?.end();
  }

  #ask(request: unknown): Promise<ClientRun> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  }
}
