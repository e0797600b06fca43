/**
 * The bytes of logs from common to rare, roughly: what follows in no group is rarer still. Only the speed depends on it.
 */
const commonBytes = [' e', 'nosrtai0123', 'd:.lcu456789[]-', 'mpfhg/="', 'bvykw,SA()_'];
const rarest = 6;

/** The start of the window of a length within a text that is the least likely to be met in a log. */
export function rarestWindow(text: Uint8Array, length: number): number {
  let best = 0;
  let bestRarity = -1;
  for (let start = 0; start + length <= text.length; start += 1) {
    // The window's last two bytes are what is looked at; the ones before them matter less.
    let rarity = 0;
    for (let at = start; at < start + length; at += 1) {
      rarity += rarityOf(text[at]!) * (at >= start + length - 2 ? 4 : 1);
    }
    if (rarity <= bestRarity) continue;
    bestRarity = rarity;
    best = start;
  }
  return best;
}

function rarityOf(byte: number): number {
  const group = commonBytes.findIndex((bytes) => bytes.includes(String.fromCharCode(byte)));
  return group < 0 ? rarest : group;
}
