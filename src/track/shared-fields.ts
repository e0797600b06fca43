type Fields = Readonly<Record<string, string>>;

/** Fields in little memory: a text that many share, and what differs from one to the other, if it is a number. */
export interface PackedFields {
  readonly text: string;
  readonly number: number;
}

const none: Fields = {};

/** Texts that many ids may have in common; beyond that, they are learnt anew. */
const mostTexts = 4096;

/** Where the number stands in the text; JSON has no such character as it is. */
const placeholder = '\x01';
/** Of more digits a number would lose some. */
const digits = /\d{3,15}/g;
const noNumber = -1;

/**
 * Keeps the captured fields of many ids small: as one text each, in which the id itself (most failures capture it once
 * or twice) and the longest number (most often that of a process, another one each time) are replaced, so that all who
 * tried the same user share one text.
 */
export class SharedFields {
  readonly #texts = new Map<string, string>();

  /** What stands for the fields of an id; the text is empty for no fields. */
  pack(fields: Fields, id: string): PackedFields {
    let packed: Record<string, string | 0> | undefined;
    for (const name in fields) {
      packed ??= {};
      packed[name] = fields[name] === id ? 0 : fields[name]!;
    }
    if (packed === undefined) return { text: '', number: noNumber };
    const json = JSON.stringify(packed);
    const run = longestRun(json);
    if (run === '') return { text: this.#shared(json), number: noNumber };
    return { text: this.#shared(json.replace(run, placeholder)), number: Number(run) };
  }

  /** The fields again. */
  unpack({ text, number }: PackedFields, id: string): Fields {
    if (text === '') return none;
    const json = number === noNumber ? text : text.replace(placeholder, String(number));
    const fields = JSON.parse(json) as Record<string, string | 0>;
    for (const name in fields) if (fields[name] === 0) fields[name] = id;
    return fields as Fields;
  }

  #shared(text: string): string {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= mostTexts) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }
}

/** The digits of the longest number that can be kept as one, the first of several; empty for none. */
function longestRun(text: string): string {
  let longest = '';
  for (const [run] of text.matchAll(digits)) {
    if (run.length > longest.length && !run.startsWith('0')) longest = run;
  }
  return longest;
}
