type Fields = Readonly<Record<string, string>>;

const none: Fields = {};

/** Texts that many ids may have in common; beyond that, they are learnt anew. */
const mostTexts = 4096;

/**
 * Keeps the captured fields of many ids small: as one text each, in which the id itself (most failures capture it once
 * or twice) is replaced, so that all who tried the same user share one text.
 */
export class SharedFields {
  readonly #texts = new Map<string, string>();

  /** The text that stands for the fields of an id; empty for no fields. */
  pack(fields: Fields, id: string): string {
    let packed: Record<string, string | 0> | undefined;
    for (const name in fields) {
      packed ??= {};
      packed[name] = fields[name] === id ? 0 : fields[name]!;
    }
    if (packed === undefined) return '';
    const text = JSON.stringify(packed);
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    if (this.#texts.size >= mostTexts) this.#texts.clear();
    this.#texts.set(text, text);
    return text;
  }

  /** The fields again. */
  unpack(text: string, id: string): Fields {
    if (text === '') return none;
    const fields = JSON.parse(text) as Record<string, string | 0>;
    for (const name in fields) if (fields[name] === 0) fields[name] = id;
    return fields as Fields;
  }
}
