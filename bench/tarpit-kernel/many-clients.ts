// TCP clients that connect and then only listen: `many-clients.ts HOST NETWORK CONNECTIONS PER-SOURCE PORT…`. NETWORK is the
// first three numbers of their addresses. Prints every second, in a line, how many are open; ends with its standard input.
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const [host = '', network = '', ...numbers] = process.argv.slice(2);
const [connections = 0, perSource = 1, ...ports] = numbers.map(Number);
/** The kernel takes 200 new ones a second to the tarpit, and 1,000 at once. */
const atOnce = 15;
const pauseMs = 100;

let open = 0;
process.stdin.on('end', () => process.exit()).resume();
setInterval(() => console.log(open), 1000);
for (let index = 0; index < connections; index++) {
  if (index % atOnce === 0) await delay(pauseMs);
  const localAddress = `${network}.${10 + Math.floor(index / perSource)}`;
  const socket = connect({ host, port: ports[index % ports.length] ?? 22, localAddress });
  socket.on('connect', () => {
    open++;
    socket.on('close', () => open--);
  });
  socket.on('error', () => undefined);
  socket.resume();
}
