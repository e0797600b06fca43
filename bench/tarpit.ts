// What the tarpit costs: the process that holds, as the build bundles it, with many clients of all kinds that only listen.
// Its memory is the proportional share (PSS), its processor time that of a minute in which everybody is held.
//
//   npm run bench -- tarpit [CONNECTIONS [SECONDS]] [OPTION…]

import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { type HelperProcess, holdOwnFile, startHelperProcess } from '../src/base/index.ts';
import {
  longestMessage,
  type PitFigures,
  type PitMessage,
  type PitRequest,
  parsePitMessage,
} from '../src/enforce/tarpit/protocol.ts';
import { type VoicePorts, voices } from '../src/enforce/tarpit/voices.ts';
import { type Bench, processorSec, pssMiB, runScenario } from './support/index.ts';

const repository = join(import.meta.dirname, '..');
const perSource = 16;

await runScenario({
  name: 'tarpit',
  about:
    'the process that holds connections, with many that only listen; once, however many rounds are asked for',
  run,
});

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

async function run(bench: Bench): Promise<void> {
  const [connections = 2000, seconds = 60] = bench.options.words.map(Number);
  const pit = startPit(await bundle(bench.folder), connections);
  const { ports } = await pit.ready;
  const pid = childPid();
  await delay(1000);
  const emptyMiB = pssMiB([pid]);
  const sockets = await Promise.all(Array.from({ length: connections }, (_, index) => open(ports, index)));
  // Everybody has been spoken to, and the connecting is over.
  await delay(30_000);
  const before = { sec: processorSec([pid]), atMs: performance.now() };
  await delay(seconds * 1000);
  const spentSec = processorSec([pid]) - before.sec;
  const elapsedSec = (performance.now() - before.atMs) / 1000;
  const figures = await pit.figures();
  const fullMiB = pssMiB([pid]);
  for (const socket of sockets) socket.destroy();
  pit.process.stop();
  const spent = (spentSec / elapsedSec) * 100;
  const lostHours = figures.wastedSec / 3600;
  bench.add({ what: 'connections held', unit: '', values: [figures.held], wanted: { atLeast: connections } });
  bench.add({ what: 'connections refused', unit: '', values: [figures.refused] });
  bench.add({ what: 'memory (PSS), empty', unit: 'MiB', values: [emptyMiB] });
  bench.add({ what: 'memory (PSS), with all', unit: 'MiB', values: [fullMiB], wanted: { atMost: 90 } });
  bench.add({
    what: 'of a core',
    unit: '%',
    values: [spent],
    wanted: { atMost: 2 },
    note: `over ${seconds} s`,
  });
  bench.add({ what: 'time its clients lost', unit: 'h', values: [lostHours] });
}

function startPit(
  path: string,
  connections: number,
): {
  readonly process: HelperProcess<PitRequest>;
  readonly ready: Promise<{ readonly ports: VoicePorts }>;
  figures(): Promise<PitFigures>;
} {
  const ready = Promise.withResolvers<{ readonly ports: VoicePorts }>();
  let answer = Promise.withResolvers<PitFigures>();
  const helper = startHelperProcess<PitRequest, PitMessage>(
    {
      code: holdOwnFile(pathToFileURL(path)),
      heapMiB: 64,
      environment: { UV_THREADPOOL_SIZE: '1' },
      longestMessage,
      parse: parsePitMessage,
    },
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
