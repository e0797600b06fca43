// Keeps a block list on another server equal to the bans of a jail.
//
//     action = %(action_)s
//              tell-list.js[url="https://lists.example.org/mine", token="..."]

/** @import { ActionEvent, BanEvent } from '../warder-action.d.ts' */

/**
 * @param {ActionEvent} event
 * @param {string} method
 * @param {string} path
 */
async function send({ params }, method, path = '') {
  const response = await fetch(`${params.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${params.token}` },
  });
  if (!response.ok) throw new Error(`the list answered ${response.status}`);
}

/** @param {ActionEvent} event */
export function start({ params }) {
  if (!params.url || !params.token) throw new Error('the parameters url and token are missing');
}

/** @param {BanEvent} event */
export async function ban(event) {
  await send(event, 'PUT', `/${encodeURIComponent(event.id)}`);
}

/** @param {BanEvent} event */
export async function unban(event) {
  await send(event, 'DELETE', `/${encodeURIComponent(event.id)}`);
}

/** @param {ActionEvent} event */
export async function flush(event) {
  await send(event, 'DELETE');
}
