import type { Configuration } from '../config/index.ts';
import type { DetectionHostOptions } from '../detect/index.ts';

/** What fail2ban.conf says of detection: `workers` and `linebudget`. Values were checked when it was read. */
export function detectionOptions(
  configuration: Configuration | undefined,
): Pick<DetectionHostOptions, 'workers' | 'budgetMs'> {
  const text = (name: string): string | undefined => {
    const value = configuration?.fail2ban.get(name)?.value;
    return value === undefined || value === null ? undefined : String(value).trim();
  };
  const workers = text('workers');
  const budget = text('linebudget');
  return {
    ...(workers === undefined ? {} : { workers: workers === 'auto' ? workers : Number(workers) }),
    ...(budget === undefined ? {} : { budgetMs: Number(budget) }),
  };
}
