import { escapeControl } from '../../base/index.ts';
import type { Engine } from './engine.ts';
import { endFlows, type Flow, flowsOf } from './flows.ts';
import type { EngineServices } from './services.ts';
import type { Element } from './wanted.ts';

export interface LeakReportParts {
  readonly jail: string;
  readonly name: string;
  readonly services: EngineServices;
}

/** An address is explained once in this time. */
const againMs = 60_000;
const mostRemembered = 10_000;

/**
 * Hits go on from an address that is in force: says once why that may be, and ends what is still open. Nothing is said
 * where neither a reason nor a flow is found: what was written before the ban may be read after it.
 */
export class LeakReport {
  readonly #parts: LeakReportParts;
  readonly #told = new Map<string, number>();

  constructor(parts: LeakReportParts) {
    this.#parts = parts;
  }

  async tell(engine: Engine, element: Element, id: string): Promise<void> {
    const nowMs = performance.now();
    if (!engine.endsFlows || nowMs - (this.#told.get(element.address) ?? -againMs) < againMs) return;
    if (this.#told.size >= mostRemembered) this.#told.clear();
    this.#told.set(element.address, nowMs);
    const { jail, name, services } = this.#parts;
    const flows = await flowsOf(services.tools, element);
    const why = (await engine.explain(element)) ?? reasonIn(flows);
    const ended = await endFlows(services.tools, element, { spare: services.heldPorts() });
    if (why === undefined && ended === 0) return;
    const reason = why ?? 'it was connected before the ban';
    const end = ended === 0 ? '' : `; ${ended} of its connections were ended`;
    services.logger.log(
      'WARNING',
      'fail2ban.actions',
      escapeControl(`[${jail}] ${name}: hits go on from ${id} though it is banned: ${reason}${end}`),
    );
  }
}

function reasonIn(flows: readonly Flow[]): string | undefined {
  const forwarded = flows.find((flow) => flow.forwarded);
  if (forwarded !== undefined) {
    return `its traffic to port ${forwarded.port} is passed on to a container or another machine, which chain = INPUT,FORWARD would block`;
  }
  const open = flows.find((flow) => flow.established);
  return open === undefined
    ? undefined
    : `it is connected to port ${open.port}/${open.protocol}, which the ban may not cover (port, protocol)`;
}
