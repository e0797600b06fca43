import type { ActionProperties } from '../action-properties.ts';
import { fillProperties } from '../tags.ts';
import type { Family } from '../types.ts';
import type { IpFamily } from './wanted.ts';

/** Why an engine cannot serve an action; its commands run as they are written. */
export class NotServed extends Error {}

/** The properties of an action as an engine reads them: filled in for a family, and nothing in them that is not understood. */
export class Parameters {
  readonly #properties: ActionProperties;

  constructor(properties: ActionProperties) {
    this.#properties = properties;
  }

  /** The text, trimmed; undefined where it is not set. Throws a `WarderError` for tags that go round in a circle. */
  text(name: string, family?: IpFamily): string | undefined {
    const { properties } = this.#properties.texts();
    const condition: Family = family === undefined ? '' : family === 4 ? 'inet4' : 'inet6';
    if (!properties.has(name) && !properties.has(`${name}?family=${condition}`)) return undefined;
    return fillProperties(name, properties, condition).trim();
  }

  /** As `text`, with a fallback. Throws `NotServed` for one that does not match. */
  plain(name: string, pattern: RegExp, fallback: string, family?: IpFamily): string {
    const found = this.text(name, family) ?? fallback;
    const value = found === '' ? fallback : found;
    if (!pattern.test(value))
      throw new NotServed(`${name} = ${value.slice(0, 100)} is more than an engine reads`);
    return value;
  }

  /** A list with commas or blanks. */
  list(name: string, pattern: RegExp, fallback: string, family?: IpFamily): readonly string[] {
    const words = (this.text(name, family) || fallback).split(/[\s,]+/).filter((word) => word !== '');
    for (const word of words) {
      if (!pattern.test(word))
        throw new NotServed(`${name} = ${word.slice(0, 100)} is more than an engine reads`);
    }
    return words;
  }
}

/** A word that no tool of the firewall takes for anything but a name. */
export const nameWord = /^[A-Za-z0-9_][\w.-]{0,120}$/;
/** A port, a range or the name of a service. */
export const portWord = /^[A-Za-z0-9][\w:-]{0,60}$/;
export const protocolWord = /^[a-z0-9][\w-]{0,20}$/;
