// A TCP client that only listens: `held-client.ts HOST PORT SOURCE [TEXT]`. Says `connected`, `data N TEXT` (as JSON) and
// `closed`, a line each, and ends with its standard input. TEXT is sent once it is connected.
import { connect } from 'node:net';

const [host, port, localAddress, text] = process.argv.slice(2);
const socket = connect({ host: host!, port: Number(port), localAddress: localAddress! });
socket.on('connect', () => {
  console.log('connected');
  if (text !== undefined) socket.write(text);
});
socket.on('data', (chunk) => console.log(`data ${chunk.length} ${JSON.stringify(chunk.toString('latin1'))}`));
socket.on('error', (error) => console.log(`error ${error.message}`));
socket.on('close', () => console.log('closed'));
process.stdin.on('end', () => process.exit()).resume();
