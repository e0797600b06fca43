import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './api.ts';

export interface Loaded<T> {
  /** The last answer; undefined before the first. */
  readonly value: T | undefined;
  /** Why there is no newer one. */
  readonly problem: ApiError | undefined;
  /** Asks again now. */
  readonly reload: () => void;
}

/**
 * Asks, and asks again when `inputs` change, every `everyMs`, and on `reload`. While it asks, the last answer stays; an answer
 * to an older question is dropped.
 */
export function useLoaded<T>(
  ask: () => Promise<T>,
  inputs: readonly unknown[],
  everyMs: number | undefined,
): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [problem, setProblem] = useState<ApiError>();
  const turn = useRef(0);
  // The caller names what the question depends on.
  const load = useCallback(() => {
    const own = ++turn.current;
    ask().then(
      (answer) => {
        if (own !== turn.current) return;
        setValue(() => answer);
        setProblem(undefined);
      },
      (error: unknown) => {
        if (own !== turn.current) return;
        setProblem(error instanceof ApiError ? error : new ApiError('refused', String(error)));
      },
    );
  }, inputs);
  useEffect(() => {
    load();
    if (everyMs === undefined) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) load();
    }, everyMs);
    return () => clearInterval(timer);
  }, [load, everyMs]);
  return { value, problem, reload: load };
}

/** Seconds since the epoch, moving on. */
export function useNow(everyMs = 1000): number {
  const [nowSec, setNowSec] = useState(Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNowSec(Date.now() / 1000), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowSec;
}

/** The value as it was when it had not changed for a moment. */
export function useSettled<T>(value: T, delayMs: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(() => value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}

/** The value, new at once but not more often than every so many milliseconds. */
export function useThrottled<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  const shownMs = useRef(0);
  useEffect(() => {
    const show = (): void => {
      shownMs.current = performance.now();
      setShown(() => value);
    };
    const timer = setTimeout(show, Math.max(shownMs.current + everyMs - performance.now(), 0));
    return () => clearTimeout(timer);
  }, [value, everyMs]);
  return shown;
}
