/**
 * Time zones as a log line or `logtimezone` may name them: an abbreviation, an offset, or both (`CET+0130`).
 *
 * They are fixed offsets, without daylight saving: the abbreviations and their meanings are fail2ban's, which settles
 * the ambiguous ones (IST, CST, …) in its own way.
 */

/** Hours east of Greenwich → the abbreviations there. Military letters are added by `readZones`. */
const abbreviations: readonly (readonly [hours: number, names: string])[] = [
  [-11, 'NUT SST'],
  [-10, 'CKT HAST HST TAHT TKT'],
  [-9.5, 'MART MIT'],
  [-9, 'AKST GAMT GIT HADT HNY'],
  [-8, 'AKDT CIST HAY HNP PST PT'],
  [-7, 'HAP HNR MST PDT'],
  [-6, 'CST EAST GALT HAR HNC MDT'],
  [-5, 'CDT COT EASST ECT EST ET HAC HNE PET'],
  [-4.5, 'HLV VET'],
  [-4, 'AST BOT CLT COST EDT FKT GYT HAE HNA PYT'],
  [-3.5, 'HNT NST NT'],
  [-3, 'ADT ART BRT CLST FKST GFT HAA PMST PYST SRT UYT WGT'],
  [-2.5, 'HAT NDT'],
  [-2, 'BRST FNT PMDT UYST WGST'],
  [-1, 'AZOT CVT EGT'],
  [0, 'EGST GMT UTC WET WT'],
  [1, 'CET DFT WAT WEDT WEST'],
  [2, 'CAT CEDT CEST EET SAST WAST'],
  [3, 'EAT EEDT EEST IDT MSK'],
  [3.5, 'IRST'],
  [4, 'AMT AZT GET GST KUYT MSD MUT RET SAMT SCT'],
  [4.5, 'AFT IRDT'],
  [5, 'AMST AQTT AZST HMT MAWT MVT PKT TFT TJT TMT UZT YEKT'],
  [5.5, 'SLT'],
  [5.75, 'NPT'],
  [6, 'ALMT BIOT BTT IOT KGT NOVT OMST YEKST'],
  [6.5, 'CCT MMT'],
  [7, 'CXT DAVT HOVT ICT KRAT NOVST OMSST THA WIB'],
  [8, 'ACT AWST BDT BNT CAST HKT IRKT KRAST MYT PHT SGT ULAT WITA WST'],
  [9, 'AWDT IRKST JST KST PWT TLT WDT WIT YAKT'],
  [9.5, 'ACST'],
  [10, 'AEST PGT VLAT YAKST YAPT'],
  [10.5, 'ACDT LHST'],
  [11, 'AEDT LHDT MAGT NCT PONT SBT VLAST VUT'],
  [11.5, 'NFT'],
  [12, 'ANAST ANAT FJT GILT MAGST MHT NZST PETST PETT TVT WFT'],
  [13, 'FJST NZDT'],
];

/** Alpha to Mike go east from one hour, November to Yankee west; there is no Juliet. */
const eastLetters = 'ABCDEFGHIKLM';
const westLetters = 'NOPQRSTUVWXY';

/** How an abbreviation may look: one letter, or three to five. */
export const abbreviationPattern = '[A-Z](?:[A-Z]{2,4})?';
/** How an offset may look: `+01`, `+0130`, `+01:30`. */
export const offsetPattern = '[+-][01]\\d(?::?\\d{2})?';

const zonePattern = new RegExp(`^(${abbreviationPattern})?(${offsetPattern})?$`);

function readZones(): ReadonlyMap<string, number> {
  const zones = new Map<string, number>([['Z', 0]]);
  for (const [hours, names] of abbreviations) {
    for (const name of names.split(' ')) zones.set(name, hours * 60);
  }
  for (const [index, letter] of [...eastLetters].entries()) zones.set(letter, (index + 1) * 60);
  for (const [index, letter] of [...westLetters].entries()) zones.set(letter, -(index + 1) * 60);
  return zones;
}

const zones = readZones();

/**
 * Minutes east of Greenwich for a zone text such as `UTC`, `CEST`, `+0200`, `CET+01:30`; the empty text is UTC.
 * Undefined when the text has another form or the abbreviation is unknown.
 */
export function zoneOffsetMin(text: string): number | undefined {
  const parts = zonePattern.exec(text);
  if (parts === null) return undefined;
  const [, name = '', offset = ''] = parts;
  const base = name === '' ? 0 : zones.get(name);
  if (base === undefined || offset === '') return base;
  const hours = Number(offset.slice(1, 3));
  const minutes = offset.length > 3 ? Number(offset.slice(-2)) : 0;
  return base + (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
