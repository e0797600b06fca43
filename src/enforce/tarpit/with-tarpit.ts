import type { CreateAction } from '../create-action.ts';
import type { Tarpit } from './tarpit.ts';
import { TarpitAction } from './tarpit-action.ts';

/** Actions of any kind, with TARPIT as their `blocktype` holding those whom they ban. Without a tarpit they drop. */
export function withTarpit(create: CreateAction, tarpit: Tarpit | undefined): CreateAction {
  if (tarpit === undefined) return create;
  return (settings, parts) => {
    const inner = create(settings, parts);
    // What it enforces is its own affair.
    if (inner.serves !== undefined) return inner;
    const { jail, logger } = parts;
    return new TarpitAction({ jail, inner, tarpit, logger });
  };
}
