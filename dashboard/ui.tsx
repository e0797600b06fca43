import type { ComponentChildren } from 'preact';
import type { ApiError } from './api.ts';

interface PanelProps {
  readonly title: string;
  readonly id: string;
  /** Beside the title: a choice, a link. */
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A part of a view with its title. */
export function Panel({ title, id, aside, class: more = '', children }: PanelProps) {
  return (
    <section class={`panel ${more}`} aria-labelledby={id}>
      <div class="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** Nothing is there, which is told in a friendly way. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

/** What went wrong, and a way to try again. */
export function Problem({ error, onRetry }: { error: ApiError; onRetry: () => void }) {
  return (
    <div class="problem" role="alert">
      <p>{error.message}</p>
      <button type="button" class="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

/** Stands where something is being loaded. */
export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div class="loading" role="status">
      <span class="hidden">Loading</span>
      {Array.from({ length: lines }, (_, index) => (
        <span class="bone" key={index} />
      ))}
    </div>
  );
}

/** A number with its name. */
export function Figure({ name, value, note }: { name: string; value: string; note?: string }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class="figure-value">{value}</span>
        {note === undefined ? null : <span class="figure-note">{note}</span>}
      </dd>
    </div>
  );
}

/** A name and a value in a row; the name is seen where there is no column heading. */
export function Cell({
  name,
  class: more = '',
  children,
}: {
  name: string;
  class?: string;
  children: ComponentChildren;
}) {
  return (
    <span class={`cell ${more}`}>
      <span class="cell-name">{name}</span> {children}
    </span>
  );
}

/** A bar beside a number, for comparing rows; the number tells the same. */
export function Bar({ share }: { share: number }) {
  return (
    <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-back" width="100" height="4" rx="2" />
      <rect class="bar-fill" width={Math.max(share * 100, 1)} height="4" rx="2" />
    </svg>
  );
}

/** Log lines: what an attacker wrote, as text only. */
export function LogLines({ lines }: { lines: readonly string[] }) {
  return (
    <ol class="log-lines">
      {lines.map((line, index) => (
        // Lines may be equal; their place is what they are.
        <li key={index}>{line}</li>
      ))}
    </ol>
  );
}
