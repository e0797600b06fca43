// What the tarpit costs: the process that holds, as the build bundles it, with many clients of all kinds that only listen.
// Its memory is the proportional share (PSS), its processor time that of a minute in which everybody is held.
//
//   node_modules/.bin/node bench/tarpit.ts [CONNECTIONS [SECONDS]]
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { build } from 'esbuild';
import { type HelperProcess, startHelperProcess } from '../src/base/index.ts';
import {
  longestMessage,
  type PitFigures,
  type PitMessage,
  type PitRequest,
  parsePitMessage,
} from '../src/enforce/tarpit/protocol.ts';
import { type VoicePorts, voices } from '../src/enforce/tarpit/voices.ts';

const repository = join(import.meta.dirname, '..');
const connections = Number(process.argv[2] ?? 2000);
const seconds = Number(process.argv[3] ?? 60);
const perSource = 16;
/** Of a processor second; Linux has counted so on every machine for decades. */
const ticksPerSec = 100;

const folder = mkdtempSync(join(tmpdir(), 'warder-bench-'));
try {
  await run(await bundle(folder));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function bundle(outdir: string): Promise<string> {
  await build({
    absWorkingDir: repository,
    entryPoints: { tarpit: 'src/enforce/tarpit/helper.ts' },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
  });
  return join(outdir, 'tarpit.mjs');
}

async function run(path: string): Promise<void> {
  const pit = startPit(path);
  const { ports } = await pit.ready;
  const pid = childPid();
  await delay(1000);
  const emptyPss = pssKiB(pid);
  const sockets = await Promise.all(Array.from({ length: connections }, (_, index) => open(ports, index)));
  // Everybody has been spoken to, and the connecting is over.
  await delay(30_000);
  const before = { ticks: processorTicks(pid), atMs: performance.now() };
  await delay(seconds * 1000);
  const spentSec = (processorTicks(pid) - before.ticks) / ticksPerSec;
  const elapsedSec = (performance.now() - before.atMs) / 1000;
  const figures = await pit.figures();
  const pss = pssKiB(pid);
  console.log(`held:       ${figures.held} of ${connections} connections, ${figures.refused} refused`);
  console.log(`memory:     ${mib(emptyPss)} MiB empty, ${mib(pss)} MiB with all (aim: under 90)`);
  console.log(
    `processor:  ${((spentSec / elapsedSec) * 100).toFixed(2)} % of a core over ${elapsedSec.toFixed(0)} s (aim: under 2)`,
  );
  console.log(`wasted:     ${(figures.wastedSec / 3600).toFixed(1)} hours of its clients' connections`);
  for (const socket of sockets) socket.destroy();
  pit.process.stop();
}

function startPit(path: string): {
  readonly process: HelperProcess<PitRequest>;
  readonly ready: Promise<{ readonly ports: VoicePorts }>;
  figures(): Promise<PitFigures>;
} {
  const ready = Promise.withResolvers<{ readonly ports: VoicePorts }>();
  let answer = Promise.withResolvers<PitFigures>();
  const helper = startHelperProcess<PitRequest, PitMessage>(
    { path, heapMiB: 64, environment: { UV_THREADPOOL_SIZE: '1' }, longestMessage, parse: parsePitMessage },
    {
      onMessage(message) {
        if (message.kind === 'ready') ready.resolve(message);
        else if (message.id !== undefined) answer.resolve(message.figures);
      },
      onEnd: (reason) => ready.reject(new Error(reason)),
    },
  );
  helper.setBusy(true);
  helper.send({ kind: 'listen', limits: { mostHeld: 2 * connections, mostPerSource: perSource } });
  return {
    process: helper,
    ready: ready.promise,
    figures() {
      answer = Promise.withResolvers();
      helper.send({ kind: 'figures', id: 1 });
      return answer.promise;
    },
  };
}

/** A client of each kind in turn, from as many sources as their bound needs. It says what such a client says first. */
function open(ports: VoicePorts, index: number): Promise<Socket> {
  const voice = voices[index % voices.length]!;
  const source = Math.floor(index / perSource);
  const localAddress = `127.1.${Math.floor(source / 250)}.${(source % 250) + 1}`;
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: ports[voice], localAddress });
    socket.on('connect', () => {
      if (voice === 'ssh') socket.write('SSH-2.0-Go\r\n');
      if (voice === 'http') socket.write('GET / HTTP/1.1\r\nHost: example.org\r\n\r\n');
      resolve(socket);
    });
    socket.on('error', reject);
    socket.resume();
  });
}

function childPid(): number {
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1').trim().split(' ');
  const found = children.find((pid) =>
    readFileSync(`/proc/${pid}/stat`, 'latin1').includes('(warder-tarpit)'),
  );
  if (found === undefined) throw new Error('the process of the tarpit is not there');
  return Number(found);
}

function pssKiB(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))?.[1]);
}

function processorTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function mib(kib: number): string {
  return (kib / 1024).toFixed(1);
}
