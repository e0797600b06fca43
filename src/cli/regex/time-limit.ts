import { createContext, Script } from 'node:vm';

/**
 * Lets work run for so long and no longer, whatever it does: V8 ends it where it is, even within a regular expression.
 * That leaves no chance to clean up, so only work whose traces do not matter may be run like this.
 */
export class TimeLimit {
  readonly #context = createContext({ work: () => undefined });
  readonly #script = new Script('work()');

  /**
   * Runs the work. `ended`: it took too long. `interrupted`: it was ended, but most of the time the thread slept or others
   * had the processor, so it deserves another try. What the work throws is thrown.
   */
  run(work: () => void, limitMs: number): 'done' | 'ended' | 'interrupted' {
    const before = process.threadCpuUsage();
    this.#context.work = work;
    try {
      this.#script.runInContext(this.#context, { timeout: limitMs });
      return 'done';
    } catch (error) {
      if ((error as NodeJS.ErrnoException | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
      const { user, system } = process.threadCpuUsage(before);
      return (user + system) / 1000 < limitMs / 2 ? 'interrupted' : 'ended';
    }
  }
}
